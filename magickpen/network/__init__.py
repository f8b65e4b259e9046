"""Requests over httpx, or httpx2, which took its place: no other room knows an HTTP library."""
