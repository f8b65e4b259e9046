"""One question and its answer.

Theory of operation
-------------------

A `Call` knows everything that happens between `ask()` and the reply, and does none of its I/O. A
stream of one of the facades drives it:

1. It runs the flow `open()`, which yields effects: look the site's secrets up if they are unknown
   (`session`), send the signed question, wait before a retry (`exchange`), renew secrets that the
   service refuses. The flow returns when the head of an answer has come; the body is still open.
2. It passes each piece of the body to `feed()`, which returns the text that the piece completes,
   and b"" at the end of the body. There are no effects in this part: an answer has many pieces, and
   a generator for each of them would cost more than the piece.
3. It calls `fail()` with an error that ends the call, or `close()` if the caller has had enough.
4. It calls `reply()`, which returns the whole answer or raises what ended the call.

The table `NEXT` (`states`) holds which state may follow which. A call that is over stays as it is:
one thread may close a stream while another is still reading from it, and then the first of them
decides.

Errors are raised; no function returns one. Every error passes `_completed()`, which adds where the
question went and how often, and takes out what is private.
"""

from __future__ import annotations

from functools import partial

from magickpen.core.context import Context
from magickpen.core.decoding import Decoder, TextDecoder, decoder_for
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
from magickpen.core.exchange import Attempts, exchange
from magickpen.core.history import Turn
from magickpen.core.http import Head, Request
from magickpen.core.messages import Message
from magickpen.core.refusals import answer_refusal, demands_challenge
from magickpen.core.reply import Reply
from magickpen.core.session import Session
from magickpen.core.signing import UNPROVED, ApiCredentials, SiteSecrets, sign_now
from magickpen.core.states import NEXT, State
from magickpen.core.stop import StopFilter
from magickpen.core.text_buffer import TextBuffer

MAX_RENEWALS = 10
"""How often a call renews the secrets. The site has to have rotated them each time, so more than
one renewal means that the call waited long for a connection."""

PROVED_HINT = (
    "The site still has the secrets that were refused. Check that this machine's clock is right."
)
UNPROVED_HINT = (
    f"The secrets of the site are not proved: {UNPROVED}. If you know the right ones, pass"
    " secrets=SiteSecrets(...)."
)


def is_answer(head: Head) -> bool:
    """Return whether an answer follows this head."""
    return (
        head.status == 200 and not demands_challenge(head) and decoder_for(head.headers) is not None
    )


class Call:
    """One question, and what has been received of its answer.

    Args:
        messages: the question, with what was said before; of a conversation, its next turn.
        context: that of the call; its deadline counts from `open()`.
        session: what the calls of the client share.

    Attributes:
        over: whether nothing more will come: the answer is complete, has failed, or was given up.
        complete: whether the answer has marked its own end, so that the rest of the body is
            ignored.
    """

    def __init__(
        self,
        messages: tuple[Message, ...] | Turn,
        context: Context,
        session: Session,
    ) -> None:
        self._turn = messages if isinstance(messages, Turn) else None
        self._messages = () if isinstance(messages, Turn) else messages
        self._context = context
        self._session = session
        self._state = State.NEW
        # Attributes, since they are looked at for each chunk.
        self.over: bool = False
        self.complete: bool = False
        self._attempts = Attempts(repeatable=context.settings.retry_unanswered)
        self._redact = context.settings.redactor()
        self._decoder: Decoder = TextDecoder()  # replaced when the content type is known
        self._stop = StopFilter(context.settings.stop) if context.settings.stop else None
        self._text = TextBuffer()
        self._room = context.settings.max_reply_bytes
        self._started = self._first_text = 0.0
        self._outcome: Reply | MagickPenError = self._interruption(
            "it has not been read to its end"
        )

    def __repr__(self) -> str:
        # Without the text, which is the user's.
        length = len(self.text)
        return f"{self._state.value}, {length} characters" if length else self._state.value

    @property
    def text(self) -> str:
        """The text received so far."""
        return str(self._text)

    @property
    def url(self) -> str:
        """The URL that the question is sent to."""
        settings = self._context.settings
        return settings.api_url + ENDPOINTS[settings.endpoint].path

    def open(self) -> Flow[None]:
        """Ask the question; return when the head of an answer has come.

        Raises:
            MagickPenError: no answer came. Pass it to `fail()`.
        """
        self._become(State.OPENING)
        if self._turn is not None:
            self._messages = self._turn.begin()
        context = self._context
        self._context = context = Context.starting_now(context.settings, context.runtime)
        self._started = context.runtime.monotonic()
        head = yield from self._answer_head(context)
        self._decoder = decoder_for(head.headers) or self._decoder
        self._become(State.ANSWERING)

    def _answer_head(self, context: Context) -> Flow[Head]:
        """Ask until an answer begins, renewing the secrets whenever the service refuses them."""
        known = yield from self._session.secrets(context)
        for _ in range(MAX_RENEWALS):
            try:
                return (yield from self._attempts.run(partial(self._ask, known.secrets), context))
            except (AuthenticationError, PermissionDeniedError) as error:
                refusal = error
            renewed = yield from self._session.secrets(context, rejected=known.generation)
            if renewed.secrets == known.secrets:
                refusal.hint = PROVED_HINT if renewed.secrets.proved else UNPROVED_HINT
                raise refusal
            known = renewed
        return (yield from self._attempts.run(partial(self._ask, known.secrets), context))

    def _ask(self, secrets: SiteSecrets) -> Flow[Head]:
        context = self._context
        credentials = sign_now(secrets, context.runtime)
        self._redact = context.settings.redactor(*credentials, secrets.salt)
        return (
            yield from exchange(
                self._request(credentials),
                context,
                accepts=is_answer,
                refusal=answer_refusal,
                redact=self._redact,
            )
        )

    def _request(self, credentials: ApiCredentials) -> Request:
        settings = self._context.settings
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
            deadline=self._context.deadline,
        )

    def feed(self, data: bytes) -> str:
        """Take the next bytes of the body, or b"" at its end; return the text that they complete.

        Raises:
            MagickPenError: this is not an answer, or it is too long. Pass it to `fail()`.
        """
        if not data:
            return self._finish()
        self._room -= len(data)
        if self._room < 0:
            self._keep(self._until_stop(self._decoder.feed(data[: self._room])))
            limit = self._context.settings.max_reply_bytes
            raise ResponseError(f"the answer is longer than max_reply_bytes={limit}")
        decoder = self._decoder
        text = decoder.feed(data)
        self.complete = decoder.complete
        return self._keep(text if self._stop is None else self._until_stop(text))

    def _until_stop(self, text: str) -> str:
        if self._stop is None:
            return text
        text = self._stop.feed(text)
        self.complete = self.complete or self._stop.found
        return text

    def _finish(self) -> str:
        stop = self._stop
        if stop is None:
            text = self._keep(self._decoder.flush())
        else:
            text = "" if stop.found else self._keep(stop.feed(self._decoder.flush()))
            text += self._keep_rest()
        if not self._text and not (stop and stop.found):
            raise ResponseError("the answer is empty")
        if self._become(State.ANSWERED):
            settings = self._context.settings
            self._outcome = Reply(
                self.text,
                model=settings.model,
                endpoint=settings.endpoint,
                attempts=self._attempts.made,
                time_to_first_chunk=self._first_text - self._started,
                elapsed=self._context.runtime.monotonic() - self._started,
            )
        return text

    def fail(self, error: MagickPenError) -> None:
        """End the call with an error, which `reply()` will raise.

        A connection that is lost during an answer becomes a `StreamInterruptedError`.
        """
        answering = self._state is State.ANSWERING
        if not self._become(State.FAILED):
            return
        self._keep_rest()
        self._outcome = self._completed(error)
        if answering and isinstance(error, APIConnectionError):
            self._outcome = self._interruption(error.message, self._decoder.pending())
            self._outcome.__cause__ = error
        elif isinstance(error, ResponseError):
            error.partial = self.text

    def close(self) -> None:
        """Give up the rest of the answer."""
        if self._become(State.CLOSED):
            self._keep_rest()
            self._outcome = self._interruption("the stream was closed")

    def check_readable(self) -> None:
        """Raise `ConfigurationError` if a second loop over the stream would find nothing."""
        if self.over:
            raise ConfigurationError(
                f"the stream is over ({self._state.value}): its text is in .text, and reply()"
                " returns the answer; stream() asks again"
            )

    def reply(self) -> Reply:
        """Return the complete answer.

        Raises:
            MagickPenError: the call failed, or was closed before the end of the answer.
        """
        if isinstance(self._outcome, MagickPenError):
            raise self._outcome
        return self._outcome

    def _become(self, state: State) -> bool:
        """Enter a state unless the call is over; return whether it was entered."""
        if self.over:
            return False
        if state not in NEXT[self._state]:
            raise RuntimeError(f"the call is {self._state.value} and cannot be {state.value} now")
        self._state = state
        self.over = not NEXT[state]
        if self.over and self._turn is not None:
            self._turn.end(self.text if state is State.ANSWERED else None)
        return True

    def _keep(self, text: str) -> str:
        if text:
            if not self._first_text:
                self._first_text = self._context.runtime.monotonic()
            self._text.add(text)
        return text

    def _keep_rest(self) -> str:
        """Keep what was held back because it could begin a text of `stop`."""
        return "" if self._stop is None else self._keep(self._stop.rest())

    def _completed(self, error: MagickPenError) -> MagickPenError:
        if isinstance(error, ConfigurationError):
            return error
        error.url = error.url or self.url
        error.attempts = error.attempts or self._attempts.made
        error.redact(self._redact)
        return error

    def _interruption(self, reason: str, pending: str = "") -> StreamInterruptedError:
        return StreamInterruptedError(
            f"the answer broke off before its end: {reason}",
            partial=self.text + pending,
            url=self.url,
            attempts=self._attempts.made,
        )
