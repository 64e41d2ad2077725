"""`dmps completion`: what a shell reads to complete commands, options and job types."""

import click
from click.shell_completion import get_completion_class

from dmps.cli.session import Session, shows


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@shows
def completion(session: Session, shell: str) -> None:
    """Print what SHELL reads to complete this command: eval "$(dmps completion bash)"."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} cannot be completed for.")
    script = found(click.get_current_context().find_root().command, {}, "dmps", "_DMPS_COMPLETE").source()
    session.show({"shell": shell, "script": script}, lambda: click.echo(script))
