"""Which certificates of servers are trusted, where the caller passes no context of his own.

On Windows and macOS, truststore asks the system. Elsewhere the system's store is a file or a folder
that OpenSSL reads; truststore would read it again for each connection, which takes some 50 ms.
"""

from __future__ import annotations

import functools
import os
import re
import ssl
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from magickpen.core.errors import ConfigurationError

DISTRUST_HINT = (
    "Check the URL and the clock of this machine. If the server has a certificate of an authority"
    " of your own, such as a company's, set SSL_CERT_FILE to a file with the authority's"
    " certificate, or pass ssl_context=."
)
"""What to do about a certificate that is not trusted."""

_FILE = "SSL_CERT_FILE"
_FOLDER = "SSL_CERT_DIR"
_KEY_LOG = "SSLKEYLOGFILE"

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
)
"""Where systems keep their certificates, for a Python that was built on another system."""

# OpenSSL finds a certificate in a folder by a hash of its subject.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")

_lock = threading.Lock()


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    # A thread that held the lock is not in the child.
    os.register_at_fork(after_in_child=_renew_lock)


def ssl_context() -> ssl.SSLContext:
    """Return the context that trusts what the environment or else the system trusts.

    It is shared, since it takes some 50 ms to make.

    Raises:
        ConfigurationError: SSL_CERT_FILE or SSL_CERT_DIR has no certificate, or SSLKEYLOGFILE
            cannot be written.
    """
    return _trust().context


def trust_source() -> str:
    """Return where the certificates that are trusted come from.

    Raises:
        ConfigurationError: as for `ssl_context`.
    """
    return _trust().source


class _Trust(NamedTuple):
    context: ssl.SSLContext
    source: str


def _trust() -> _Trust:
    values = (os.environ.get(name, "") for name in (_FILE, _FOLDER, _KEY_LOG))
    with _lock:
        return _trust_of(*values)


@functools.lru_cache(maxsize=8)
def _trust_of(file: str, folder: str, key_log: str) -> _Trust:
    trust = _named_trust(file, folder) if file or folder else _system_trust()
    context = trust.context
    context.set_alpn_protocols(["http/1.1"])
    if key_log and not sys.flags.ignore_environment:
        try:
            context.keylog_filename = key_log
        except OSError as error:
            raise ConfigurationError(
                f"{_KEY_LOG} must name a file that can be written, not {key_log!r}"
            ) from error
    return trust


def _named_trust(file: str, folder: str) -> _Trust:
    """Trust the certificates that the environment names, in the place of the system's."""
    context = _empty_context()
    if file and not _load(context, file):
        raise ConfigurationError(f"{_FILE} must name a file with certificates in PEM, not {file!r}")
    if folder:
        # It may be a list, as for OpenSSL.
        if not any(map(_has_certificates, folder.split(os.pathsep))):
            raise ConfigurationError(
                f"{_FOLDER} must name a folder with certificates, not {folder!r}; they need the"
                " names that `openssl rehash` gives them"
            )
        context.load_verify_locations(capath=folder)
    named = [f"{_FILE}={file}"] * bool(file) + [f"{_FOLDER}={folder}"] * bool(folder)
    return _Trust(context, ", ".join(named))


def _system_trust() -> _Trust:
    if sys.platform in ("darwin", "win32"):
        # It takes long to import.
        import truststore  # noqa: PLC0415

        return _Trust(truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "the system")
    context = _empty_context()
    paths = ssl.get_default_verify_paths()
    if _load(context, paths.openssl_cafile):
        return _Trust(context, f"the system ({paths.openssl_cafile})")
    if _has_certificates(paths.openssl_capath):
        context.load_verify_locations(capath=paths.openssl_capath)
        return _Trust(context, f"the system ({paths.openssl_capath})")
    # A bare container has none.
    import certifi  # noqa: PLC0415

    loaded = (bundle for bundle in (*_BUNDLES, certifi.where()) if _load(context, bundle))
    return _Trust(context, next(loaded, "nothing"))


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The authority of a company may be known by an intermediate certificate. From Python 3.13 on,
    # `ssl.create_default_context` also refuses what many of them lack (VERIFY_X509_STRICT).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _load(context: ssl.SSLContext, file: str) -> bool:
    """Trust the certificates of a file, and return whether it has any."""
    # To read a pipe could take for ever.
    if not Path(file).is_file():
        return False
    try:
        context.load_verify_locations(file)
    except OSError:
        return False
    return context.cert_store_stats()["x509"] > 0


def _has_certificates(folder: str) -> bool:
    """Return whether OpenSSL finds a certificate in a folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  a generator would raise later
    except OSError:
        return False
    return any(
        _load(_empty_context(), str(Path(folder, name)))
        for name in names
        if _HASHED.fullmatch(name)
    )
