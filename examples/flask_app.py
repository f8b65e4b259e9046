"""A web service whose requests have threads, with Flask; Django's views take the same client.

    pip install 'magickpen' flask
    flask --app flask_app run
    curl -N 'http://127.0.0.1:5000/ask?prompt=Name+three+rivers.'

All threads share one client. A reader who leaves ends the question: the server closes the
generator, and the `with` block in it closes the stream.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

from magickpen import ConfigurationError, MagickPen, MagickPenError, RateLimitError, Stream

app = Flask(__name__)
pen = MagickPen()


@app.get("/ask")
def ask() -> Response:
    stream = pen.stream(request.args.get("prompt", ""))
    # The status is sent before the text, so the first piece is waited for.
    first = next(stream)
    return Response(pieces(stream, first), mimetype="text/plain")


def pieces(stream: Stream, first: str) -> Iterator[str]:
    with stream:
        yield first
        yield from stream


@app.errorhandler(MagickPenError)
def failed(error: MagickPenError) -> Response:
    response = jsonify(error.to_dict())
    response.status_code = 502
    if isinstance(error, ConfigurationError):
        response.status_code = 400
    elif isinstance(error, RateLimitError):
        response.status_code = 429
        if error.retry_after is not None:
            response.headers["retry-after"] = f"{error.retry_after:.0f}"
    return response
