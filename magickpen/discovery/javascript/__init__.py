"""Reads JavaScript as far as it takes to say which values a front-end sends."""
