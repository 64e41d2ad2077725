from worker_service.engine.turns import Turn


def test_what_a_turn_got_counts_until_it_has_begun() -> None:
    """Else another turn asks for a second suspect while the first is being recovered."""
    turn = Turn("place", "nonce", slots=5, children=2, suspects=1)
    turn.still_asks_for(1)
    assert (turn.slots, turn.children, turn.suspects) == (1, 1, 1)
    turn.still_asks_for(0)
    assert (turn.slots, turn.children, turn.suspects) == (0, 0, 0)
