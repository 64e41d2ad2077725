import re

from tests.api_service.conftest import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


async def test_a_person_gets_a_page_with_a_command_to_try(client: Client) -> None:
    async with client.get("/", headers=BROWSER) as response:
        assert response.content_type == "text/html"
        page = await response.text()
    assert f"curl http://127.0.0.1:{client.port}/api/jobs" in page


async def test_the_page_runs_no_script_and_loads_nothing(client: Client) -> None:
    async with client.get("/", headers=BROWSER) as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in page
    assert "src=" not in page


async def test_every_link_of_the_page_leads_somewhere(client: Client) -> None:
    async with client.get("/", headers=BROWSER) as response:
        links = re.findall(r'href="([^"]+)"', await response.text())
    assert "/api/job-types" in links
    for link in links:
        async with client.get(link) as response:
            assert response.status == 200


async def test_a_program_gets_the_same_in_json(client: Client) -> None:
    async with client.get("/", headers={"Accept": "*/*"}) as response:
        body = await response.json()
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert body["links"]["POST /api/jobs"]
    assert body["try"].startswith("curl ")


async def test_a_host_that_was_made_up_stays_text(client: Client) -> None:
    async with client.get("/", headers={**BROWSER, "Host": "x'><b>"}) as response:
        assert "<b>" not in await response.text()
