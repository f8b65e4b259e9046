"""The only rooms that know an HTTP library: httpx, or httpx2, which took its place."""
