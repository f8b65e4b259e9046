"""A web service whose requests have threads, with Flask; Django's views take the same client.

    pip install 'magickpen' flask
    flask --app flask_app run
    curl -N 'http://127.0.0.1:5000/ask?prompt=Name+three+rivers.'

All threads share one client. A reader who leaves ends the question: the server closes the response,
which closes the stream. It notices when it sends the next piece, as WSGI has no other way.
"""

from __future__ import annotations

import math
from itertools import chain

from flask import Flask, Response, jsonify, request

from magickpen import ConfigurationError, MagickPen, MagickPenError, RateLimitError

app = Flask(__name__)
pen = MagickPen()


@app.get("/ask")
def ask() -> Response:
    stream = pen.stream(request.args.get("prompt", ""))
    # The status is sent before the text, so the first piece is waited for.
    first = next(stream)
    response = Response(chain([first], stream), mimetype="text/plain")
    # A generator with `with stream` does not do: the answer to HEAD never starts it.
    response.call_on_close(stream.close)
    return response


@app.errorhandler(MagickPenError)
def failed(error: MagickPenError) -> Response:
    response = jsonify(error.to_dict())
    response.status_code = 502
    if isinstance(error, ConfigurationError):
        response.status_code = 400
    elif isinstance(error, RateLimitError):
        response.status_code = 429
        if error.retry_after is not None:
            response.headers["retry-after"] = str(math.ceil(error.retry_after))
    return response
