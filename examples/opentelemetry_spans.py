"""Spans of OpenTelemetry: one for each request, and one for the whole question.

    pip install 'magickpen' opentelemetry-sdk opentelemetry-instrumentation-httpx
    python opentelemetry_spans.py

The span of a request ends when the head of the response is there, so an answer that breaks off
later leaves it as it is: only a span around the question tells.
"""

from __future__ import annotations

from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from magickpen import MagickPen, MagickPenError

provider = TracerProvider()
provider.add_span_processor(
    SimpleSpanProcessor(
        ConsoleSpanExporter(formatter=lambda span: f"{span.name}: {span.status.status_code.name}\n")
    )
)
HTTPXClientInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("example")

try:
    with MagickPen() as pen, tracer.start_as_current_span("question") as span:
        reply = pen.ask("Name three rivers.")
        span.set_attribute("magickpen.attempts", reply.attempts)
        print(reply)
except MagickPenError as error:
    print(f"failed: {error.code}")
