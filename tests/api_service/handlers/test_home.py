from tests.api_service.conftest import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


async def test_a_person_gets_the_dashboard(client: Client) -> None:
    async with client.get("/", headers=BROWSER) as response:
        assert response.content_type == "text/html"
        assert "<h1>Overview</h1>" in await response.text()


async def test_a_program_gets_the_same_in_json(client: Client) -> None:
    async with client.get("/", headers={"Accept": "*/*"}) as response:
        body = await response.json()
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
    for link in body["links"]:
        method, path = link.split()
        if method == "GET":
            async with client.get(path) as response:
                assert response.status == 200
    assert body["try"].startswith("curl ")
