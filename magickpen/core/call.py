"""The story of a call: credentials, a signed question, refusals and faults, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from magickpen.core.deadline import Deadline
from magickpen.core.decoding import Decoder, decoder_for
from magickpen.core.discovery import Discovery
from magickpen.core.effects import Flow
from magickpen.core.endpoints import ENDPOINTS, encode_body, query_headers
from magickpen.core.errors import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    MagickPenError,
    PermissionDeniedError,
    ResponseError,
    StreamInterruptedError,
)
from magickpen.core.exchange import Retries, exchange
from magickpen.core.http import Head, Request
from magickpen.core.messages import Message
from magickpen.core.refusals import answer_refusal, demands_challenge
from magickpen.core.reply import Reply
from magickpen.core.runtime import Runtime
from magickpen.core.session import Site
from magickpen.core.settings import Settings
from magickpen.core.signing import ApiCredentials, SiteSecrets, make_nonce, make_timestamp, sign
from magickpen.core.text_buffer import TextBuffer

MAX_RENEWALS = 10
"""How often a call renews its credentials. The site has to have rotated them each time, so more
than one renewal means that the call waited long for a connection."""

_TELLING = 8
"""From how many characters on the value of a user's header may be a secret."""


def discovery(site: Site, settings: Settings, runtime: Runtime) -> Flow[Discovery]:
    """Read the site, whatever is known of it."""
    deadline = Deadline(settings.deadline, runtime.monotonic)
    return (yield from site.discovery(settings, runtime, deadline))


def site_secrets(site: Site, settings: Settings, runtime: Runtime) -> Flow[SiteSecrets]:
    """Return the site's secrets, looking them up unless they are known."""
    deadline = Deadline(settings.deadline, runtime.monotonic)
    return (yield from site.secrets(settings, runtime, deadline))


def api_credentials(site: Site, settings: Settings, runtime: Runtime) -> Flow[ApiCredentials]:
    """Sign one request with the site's secrets, looking them up unless they are known."""
    return sign_now((yield from site_secrets(site, settings, runtime)), runtime)


def sign_now(secrets: SiteSecrets, runtime: Runtime) -> ApiCredentials:
    """Sign a request that is sent now, with a nonce of its own."""
    return sign(secrets, make_timestamp(runtime.time()), make_nonce(runtime.random()))


def is_answer(head: Head) -> bool:
    """Whether what follows this head is an answer."""
    return (
        head.status == 200 and not demands_challenge(head) and decoder_for(head.headers) is not None
    )


class Call:
    """One question, and what has come of it so far.

    A facade runs the flow `open`, then hands each piece of the body to `feed` until the body ends
    or `complete` says that the answer did, and calls `finish`; or `fail` with what broke it off.
    """

    def __init__(
        self,
        messages: tuple[Message, ...],
        *,
        settings: Settings,
        site: Site,
        runtime: Runtime,
        on_answer: Callable[[str], None] | None = None,
    ) -> None:
        self._messages = messages
        self._settings = settings
        self._site = site
        self._runtime = runtime
        self._on_answer = on_answer
        self._decoder: Decoder | None = None
        self._text = TextBuffer()
        self._received = 0
        self._attempts = 0
        self._private: tuple[str, ...] = (settings.turnstile_token,)
        self._started = self._first_chunk = 0.0
        self._outcome: Reply | MagickPenError | None = None

    @property
    def text(self) -> str:
        """The text that has come so far."""
        return str(self._text)

    @property
    def url(self) -> str:
        """Where the question goes."""
        return self._settings.api_url + ENDPOINTS[self._settings.endpoint].path

    @property
    def over(self) -> bool:
        """Whether nothing more will come: the answer is whole, has failed, or was given up."""
        return self._outcome is not None

    @property
    def complete(self) -> bool:
        """Whether the answer told its own end, so that the rest of the body does not count."""
        return self._decoder is not None and self._decoder.complete

    def open(self) -> Flow[None]:
        """Ask the question; the flow returns when the head of an answer has come.

        Credentials that the service refuses are renewed, and the question is sent again if the
        site has other ones by then. Faults are sent again as the retry policy says.
        """
        self._started = self._runtime.monotonic()
        deadline = Deadline(self._settings.deadline, self._runtime.monotonic)
        look_up = partial(self._site.secrets, self._settings, self._runtime, deadline)
        secrets = yield from look_up()
        retries = Retries(
            self._settings.max_retries,
            repeatable=self._settings.retry_unanswered,
            runtime=self._runtime,
            deadline=deadline,
        )
        renewals = 0
        while (failure := (yield from self._attempt(secrets, deadline))) is not None:
            refused = isinstance(failure, (AuthenticationError, PermissionDeniedError))
            if not refused or renewals == MAX_RENEWALS:
                yield from retries.pause(failure)
                continue
            renewals += 1
            rejected = secrets
            secrets = yield from look_up(rejected=rejected)
            if secrets == rejected:
                failure.hint = (
                    "These are the credentials that the site has now;"
                    " check that this machine's clock is right."
                )
                raise failure

    def _attempt(self, secrets: SiteSecrets, deadline: Deadline) -> Flow[MagickPenError | None]:
        self._attempts += 1
        credentials = sign_now(secrets, self._runtime)
        self._private = (
            secrets.x_api_secret,
            secrets.secret,
            secrets.salt,
            credentials.signature,
            self._settings.turnstile_token,
            *(value for value in self._settings.headers.values() if len(value) >= _TELLING),
        )
        request = self._request(credentials, deadline)
        outcome = yield from exchange(request, is_answer, answer_refusal, self._runtime)
        if isinstance(outcome, Head):
            self._decoder = decoder_for(outcome.headers)
            return None
        return self._completed(outcome)

    def _request(self, credentials: ApiCredentials, deadline: Deadline) -> Request:
        settings = self._settings
        body = ENDPOINTS[settings.endpoint].body(self._messages, settings.turnstile_token)
        return Request(
            method="POST",
            url=self.url,
            headers={
                **query_headers(settings.base_url),
                **settings.headers,
                **credentials.headers(),
            },
            body=encode_body(body),
            timeout=settings.timeout,
            deadline=deadline,
        )

    def feed(self, data: bytes) -> str:
        """Take the next bytes of the body and return the text that they complete.

        Raises:
            MagickPenError: they show that this is no answer, or it is too long.
        """
        assert self._decoder is not None, "the call was not opened"
        limit = self._settings.max_reply_bytes
        room = limit - self._received
        self._received += len(data)
        text = self._decoder.feed(data if room >= len(data) else data[:room])
        if text:
            self._keep(text)
        if self._received > limit:
            raise ResponseError(f"the answer is longer than max_reply_bytes={limit}")
        return text

    def finish(self) -> str:
        """Take the end of the body and return the last of the text.

        Raises:
            ResponseError: the answer is empty, or cannot be one.
        """
        assert self._decoder is not None, "the call was not opened"
        text = self._decoder.flush()
        if text:
            self._keep(text)
        if not self._text:
            raise ResponseError("the answer is empty")
        self._outcome = Reply(
            text=self.text,
            model=self._settings.model,
            endpoint=self._settings.endpoint,
            attempts=self._attempts,
            time_to_first_chunk=self._first_chunk - self._started,
            elapsed=self._runtime.monotonic() - self._started,
        )
        if self._on_answer is not None:
            self._on_answer(self._outcome.text)
        return text

    def fail(self, error: MagickPenError) -> MagickPenError:
        """End the call with an error, and return the one to raise in its place."""
        self._outcome = failure = self._completed(error)
        if self._decoder is not None and isinstance(error, APIConnectionError):
            self._outcome = failure = self._interruption(error.message, self._decoder.pending())
            failure.__cause__ = error
        elif isinstance(error, ResponseError):
            error.partial = self.text
        return failure

    def give_up(self) -> None:
        """End the call where it stands, unless it is over."""
        if self._outcome is None:
            self._outcome = self._interruption("the stream was closed")

    def reply(self) -> Reply:
        """Return the answer, once it is whole.

        Raises:
            MagickPenError: the call ended in this error.
        """
        assert self._outcome is not None, "the call is not over"
        if isinstance(self._outcome, MagickPenError):
            raise self._outcome
        return self._outcome

    def _keep(self, text: str) -> None:
        if not self._text:
            self._first_chunk = self._runtime.monotonic()
        self._text.add(text)

    def _completed(self, error: MagickPenError) -> MagickPenError:
        if isinstance(error, ConfigurationError):
            return error
        error.url = error.url or self.url
        error.attempts = error.attempts or self._attempts
        error.redact(self._private)
        return error

    def _interruption(self, reason: str, pending: str = "") -> StreamInterruptedError:
        return StreamInterruptedError(
            f"the answer broke off before its end: {reason}",
            partial=self.text + pending,
            url=self.url,
            attempts=self._attempts,
        )
