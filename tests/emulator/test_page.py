"""The page in Chromium, whose bundles sign by themselves."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

from magickpen import AsyncMagickPen, MagickPen
from magickpen.emulator import (
    CutStream,
    Emulator,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.builds import SiteKind
from magickpen.integrations.openai_gateway import create_app
from tests.support.gateway import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

KINDS: tuple[Any, ...] = get_args(SiteKind)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(10_000)
    yield page
    page.close()


def ask(page: Page, prompt: str, wanted: str) -> None:
    """Ask by the keyboard alone, and wait for what is told at the end."""
    page.fill("#prompt", prompt)
    page.press("#prompt", "Enter")
    sync_api.expect(page.locator("#state")).to_contain_text(wanted, timeout=10_000)


def texts(page: Page) -> list[str]:
    return page.locator("#conversation p").all_inner_texts()


@pytest.mark.parametrize("kind", KINDS)
def test_the_browser_signs_with_the_constants_that_the_client_finds(
    kind: SiteKind, page: Page
) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    with Emulator(site=kind, reply="né 😀 done") as service:
        page.goto(service.url)
        ask(page, "Hi", "Answered.")
        query = service.requests[-1]
        with MagickPen(base_url=service.url, api_url=service.url) as pen:
            secrets = pen.fetch_secrets()
    assert (query.path, query.status) == ("/ask", 200)
    assert texts(page) == ["Hi", "né 😀 done"]
    assert query.headers["x-api-secret"] == secrets.x_api_secret
    assert query.headers["secret"] == secrets.secret
    assert secrets.proved
    assert problems == []


@pytest.mark.parametrize("kind", ["nuxt2", "webpack5"])
def test_an_answer_appears_piece_by_piece_and_can_be_stopped(kind: SiteKind, page: Page) -> None:
    go_on = threading.Event()

    def reply(prompt: str) -> Iterator[str]:
        yield f"{prompt}: first "
        go_on.wait(10)
        yield "last"

    with Emulator(site=kind, reply=reply) as service:
        page.goto(service.url)
        page.fill("#prompt", "One")
        page.click("#send")
        answer = page.locator("[data-role=assistant] p").last
        sync_api.expect(answer).to_have_text("One: first")
        page.click("#stop")
        sync_api.expect(page.locator("#state")).to_have_text("Stopped.")
        assert texts(page) == ["One", "One: first "]
        go_on.set()
        page.click("#retry")
        sync_api.expect(page.locator("#state")).to_have_text("Answered.")
        assert texts(page) == ["One", "One: first last"]


def test_a_conversation_goes_to_either_endpoint(page: Page) -> None:
    with Emulator(reply="Yes.") as service:
        page.goto(service.url)
        ask(page, "One", "Answered.")
        page.check("[value='/chat/free']")
        ask(page, "Two", "Answered.")
        page.check("[value='/ask']")
        ask(page, "Three", "Answered.")
        bodies = [json.loads(query.body) for query in service.requests if query.method == "POST"]
    said = [("user", "One"), ("assistant", "Yes."), ("user", "Two")]
    assert bodies[0]["query"] == "One"
    assert [(m["role"], m["content"]) for m in bodies[1]["history"]] == said
    assert bodies[2]["query"] == (
        "User: One\nAssistant: Yes.\nUser: Two\nAssistant: Yes.\nUser: Three\nAssistant:"
    )


def test_a_new_deployment_reloads_the_page_and_answers(page: Page) -> None:
    with Emulator(reply="Yes.") as service:
        page.goto(service.url)
        for number, kind in enumerate(KINDS, 1):
            service.rotate(site=kind)
            ask(page, "Again", "Answered.")
            sync_api.expect(page.locator("#conversation li")).to_have_count(2 * number)
        statuses = [query.status for query in service.requests if query.method == "POST"]
    assert statuses == [403, 200] * len(KINDS)


@pytest.mark.parametrize(
    ("faults", "told", "kept"),
    [
        ([RateLimit(7)], "429 Too many requests; try again in 7 s", ""),
        ([Status(503, "Sorry", "text/plain")], "503 Sorry", ""),
        ([Status(200, "", "text/plain")], "the answer is empty", ""),
        ([HtmlPage(status=200)], "a page (200) instead of an answer", ""),
        ([CutStream(6)], "Failed: ", "Yes,"),
        # Chromium sends a question again if the connection that it kept is closed.
        ([HangUp(), HangUp()], "Failed: ", ""),
    ],
)
def test_a_fault_is_told_and_the_question_can_be_asked_again(
    faults: list[Fault], told: str, kept: str, page: Page
) -> None:
    # With a pause, since what comes at the moment of a break is dropped by the browser.
    with Emulator(reply="Yes, all.", chunk_delay=0.1) as service:
        page.goto(service.url)
        service.play(*faults)
        ask(page, "Hi", told)
        assert "".join(texts(page)[1:])[:4] == kept
        page.click("#retry")
        sync_api.expect(page.locator("#state")).to_have_text("Answered.")
        assert texts(page) == ["Hi", "Yes, all."]


def test_an_answer_that_stalls_can_be_stopped(page: Page) -> None:
    with Emulator(reply="Yes, all.") as service:
        page.goto(service.url)
        for fault in (Stall(), Stall(4)):
            service.play(fault)
            page.fill("#prompt", "Hi")
            page.click("#send")
            sync_api.expect(page.locator("#state")).to_have_text("Waiting for the answer.")
            page.click("#stop")
            sync_api.expect(page.locator("#state")).to_have_text("Stopped.")


def test_the_second_tab_shows_verdicts_plays_faults_and_deploys(page: Page) -> None:
    with Emulator(reply="Yes.") as service:
        page.goto(service.url)
        ask(page, "Hi", "Answered.")
        page.focus("#ask-tab")
        page.keyboard.press("ArrowRight")
        row = page.locator("#requests tr").first
        sync_api.expect(row).to_contain_text("POST /ask")
        for name in ("x-api-secret", "secret", "signature", "timestamp", "nonce"):
            sync_api.expect(row).to_contain_text(f"{name}: right")
        page.select_option("#fault", "Rate limit")
        page.click("#faults button")
        page.select_option("#kind", "vite")
        page.click("#deploy button")
        sync_api.expect(page.locator("#done")).to_contain_text("Deployed anew")
        page.click("#ask-tab")
        ask(page, "And now?", "429 Too many requests; try again in 30 s")
        page.click("#service-tab")
        outdated = page.locator("#requests tr", has_text="x-api-secret: outdated secret")
        sync_api.expect(outdated).to_have_count(1)
        assert [r.status for r in service.requests if r.method == "POST"] == [200, 403, 429]


def test_an_answer_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with Emulator(reply="né 😀\nYes.") as service:
        page.goto(service.url)
        ask(page, "Hi", "Answered.")
        page.click("#copy")
        sync_api.expect(page.locator("#state")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == "né 😀\nYes."


def test_one_emulator_answers_all_clients(page: Page) -> None:
    with Emulator(reply="Yes.") as service:
        page.goto(service.url)
        ask(page, "Hi", "Answered.")
        with MagickPen(base_url=service.url, api_url=service.url) as pen:
            answers = [texts(page)[-1], pen.ask("Hi").text]
        answers += [historic(service.url), curl(service), through_gateway(service.url)]
        asked = [query for query in service.requests if query.method == "POST"]
    assert answers == ["Yes."] * 5
    assert [query.status for query in asked] == [200] * 5
    assert all(set(query.verdicts.values()) == {"right"} for query in asked)


def historic(url: str) -> str:
    """Ask as the public clients of 2024 did, but for the name of the bundle, which was fixed."""
    paths = re.findall(r'src="(/_nuxt/\w+\.js)"', httpx.get(url).text)
    bundle = "".join(httpx.get(url + path).text for path in paths)
    api_secret = re.findall(r'"X-API-Secret":"(\w+)"', bundle)[0]
    secret = re.findall(r'secret:"(\w+)"', bundle)[0]
    response = httpx.post(f"{url}/ask", headers=signed(api_secret, secret), json={"query": "Hi"})
    return response.text


def curl(service: Emulator) -> str:
    """Send what docs/protocol.md says by curl."""
    headers = signed(service.secrets.x_api_secret, service.secrets.secret)
    body = json.dumps({"query": "Hi", "turnstileResponse": "", "action": "verify"})
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    options += ["-H", "content-type: application/json", "--data", body, f"{service.url}/ask"]
    return subprocess.run(
        ["curl", "-sS", *options], capture_output=True, check=True
    ).stdout.decode()


def signed(api_secret: str, secret: str) -> dict[str, str]:
    timestamp, nonce = str(int(time.time() * 1000)), str(random.random())
    text = "".join(sorted(["TGDBU9zCgM", timestamp, nonce]))
    signature = hashlib.md5(text.encode()).hexdigest()
    named = {"signature": signature, "timestamp": timestamp, "nonce": nonce}
    return {"x-api-secret": api_secret, "secret": secret, **named}


def through_gateway(url: str) -> str:
    pen = AsyncMagickPen(base_url=url, api_url=url)
    body = {"model": "magickpen", "messages": [{"role": "user", "content": "Hi"}]}
    with served(create_app(pen)) as gateway:
        answer = httpx.post(f"{gateway}/v1/chat/completions", json=body).json()
    text: str = answer["choices"][0]["message"]["content"]
    return text
