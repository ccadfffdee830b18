"""HTTP to the platforms: pooled, bounded, timed, with one retry on a dead token and nothing secret in any error.

Errors come as HTTP 200 with `errcode`; what to do about each is in `bot.channels.codes`. The access token travels in
the query (the platforms offer no other way), so no exception and no log of ours may hold a URL.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NewConnectionError, SSLError
from urllib3.filepost import encode_multipart_formdata

from bot.channels.codes import Action, Code, lookup
from bot.channels.errors import ApiError, OutboundError, OutcomeUnknown, TokenError, Unreachable
from bot.channels.tokens import Fetch, TokenKeeper

TIMEOUT = (3.0, 5.0)
"""Seconds to connect and to wait for each piece of the answer."""
CONCURRENCY = 16
"""Calls at the same time, per account and process."""
ANSWER_BYTES = 1 << 20

_RID = re.compile(r"(?<![,\s])[,\s]*+\brid:\s*+([0-9a-f-]{8,64})")
_SECRET = re.compile(r"(?i)\b(?:access_token|secret|corpsecret|appsecret|ticket)=\S*|[0-9a-z_\-]{30,}")
_SURELY_NOT_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)

logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines hold whole URLs, access token included

_JSON = "application/json; charset=utf-8"

T = TypeVar("T")
Json = dict[str, Any]


class Transport:
    """One platform's API without tokens. Thread-safe; one instance an account and process."""

    def __init__(
        self,
        base: str,
        table: Mapping[int, Code],
        *,
        timeout: tuple[float, float] = TIMEOUT,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self.table = table
        self._base = base.rstrip("/")
        self._timeout = timeout
        self._slots = threading.BoundedSemaphore(concurrency)
        self._session = _session(self._base, concurrency)
        self._environment = self._session.merge_environment_settings(self._base, {}, True, None, None)  # proxy, CAs

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        repeatable: bool = False,
    ) -> Json:
        """Return the platform's answer. `payload` is sent as JSON, Chinese unescaped; `data` is JSON already.

        `repeatable` says that doing it twice is harmless; then a lost answer is `Unreachable` instead of
        `OutcomeUnknown`. GET is always repeatable.

        Raises:
            ApiError: the platform refused.
            Unreachable, OutcomeUnknown: there was no answer.
        """
        kind = _JSON
        if payload is not None:
            data = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        elif files is not None:
            data, kind = encode_multipart_formdata(files)
        unknown = Unreachable if repeatable or method == "GET" else OutcomeUnknown
        body = self._transmit(self._request(method, path, params, data, kind), path, unknown, ANSWER_BYTES)
        answer = _decode(body)
        if answer is None:
            raise unknown(f"{path}: the answer is no JSON object")
        self.check(path, answer)
        return answer

    def download(self, path: str, params: Mapping[str, str], limit: int) -> bytes:
        """Return the bytes behind `path`, at most `limit`.

        Raises:
            ApiError: the platform refused, answered with a link (never followed), or it is larger than `limit`.
            Unreachable: there was no answer.
        """
        body = self._transmit(self._request("GET", path, params), path, Unreachable, limit)
        if not body.startswith(b"{"):
            return body
        self.check(path, _decode(body) or {})
        raise self.refusal(40007, path, "an answer in words where bytes were expected")

    def check(self, path: str, answer: Json) -> None:
        """Raise what `answer` says went wrong.

        Raises:
            ApiError: its errcode is not 0.
        """
        code = _integer(answer.get("errcode", 0))
        if code == 0:
            return
        message = str(answer.get("errmsg", ""))
        rid = _RID.search(message)
        raise self.refusal(code, path, _scrub(_RID.sub("", message)), rid.group(1) if rid else "")

    def refusal(self, code: int, path: str, detail: str, rid: str = "") -> ApiError:
        """Return the error of `code`; also for what we refuse ourselves because the platform surely would."""
        return ApiError(lookup(self.table, code), path, detail, rid)

    def _request(
        self, method: str, path: str, params: Mapping[str, str] | None, data: bytes | None = None, kind: str = ""
    ) -> requests.PreparedRequest:
        """Return a request as it goes out; the library's own way to it costs as much as sending it."""
        request = requests.PreparedRequest()
        request.method = method
        request.url = f"{self._base}{path}?{urlencode(params)}" if params else self._base + path
        request.headers = CaseInsensitiveDict({"Accept": "*/*"})
        request.body = data
        if data is not None:
            request.headers["Content-Type"] = kind
        if method == "POST":
            request.headers["Content-Length"] = str(len(data or b""))
        return request

    def _transmit(
        self, request: requests.PreparedRequest, path: str, unknown: type[OutboundError], limit: int
    ) -> bytes:
        if not self._slots.acquire(timeout=sum(self._timeout)):
            raise Unreachable(f"{path}: too many calls at once")
        try:
            status, body = self._exchange(request, limit)
        except requests.RequestException as error:
            kind = Unreachable if _surely_not_sent(error) else unknown
            failure: OutboundError | None = kind(f"{path}: {type(error).__name__}")
        else:
            failure = _http_failure(path, status, unknown)
        finally:
            self._slots.release()
        if failure:
            raise failure  # outside of the handler, so that the original with its URL is not chained to it
        if len(body) > limit:
            raise self.refusal(45001, path, f"more than {limit} bytes")
        return body

    def _exchange(self, request: requests.PreparedRequest, limit: int) -> tuple[int, bytes]:
        adapter = self._session.get_adapter(str(request.url))
        options: Json = {**self._environment, "timeout": self._timeout, "stream": True}
        with adapter.send(request, **options) as response:  # the adapter follows no redirects
            body = bytearray()
            for piece in response.iter_content(65536):
                body += piece
                if len(body) > limit:
                    break
            return response.status_code, bytes(body)


class Api:
    """One app's API: the transport with its access token."""

    def __init__(self, transport: Transport, tokens: TokenKeeper) -> None:
        self.transport = transport
        self._tokens = tokens

    def call(self, method: str, path: str, *, params: Mapping[str, str] | None = None, **sending: Any) -> Json:
        """Return the platform's answer; arguments and errors as `Transport.call`.

        Raises:
            TokenError: there is no token, or a fresh one was refused too.
        """
        return self._with_token(
            path, lambda token: self.transport.call(method, path, params=_with(params, token), **sending)
        )

    def download(self, path: str, params: Mapping[str, str], limit: int) -> bytes:
        """Return the bytes behind `path`; errors as `Transport.download`."""
        return self._with_token(path, lambda token: self.transport.download(path, _with(params, token), limit))

    def _with_token(self, path: str, attempt: Callable[[str], T]) -> T:
        """Attempt with the token; if it is refused, once more with another, and then stop."""
        token = self._tokens.get()
        for last in (False, True):
            try:
                return attempt(token)
            except ApiError as error:
                if error.action is not Action.REFRESH_TOKEN:
                    raise
                refused = error
            if not last:
                token = self._tokens.replace(token)
        raise _no_token(self.transport, refused, path)


def stable_token(transport: Transport, app_id: str, secret: str) -> Fetch:
    """Return how the Official Account's token is fetched; `force_refresh` is never used (20 a day)."""
    body = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
    return _fetcher(transport, "POST", "/cgi-bin/stable_token", payload=body, repeatable=True)


def corp_token(transport: Transport, corp_id: str, secret: str) -> Fetch:
    """Return how a WeCom app's token is fetched."""
    return _fetcher(transport, "GET", "/cgi-bin/gettoken", params={"corpid": corp_id, "corpsecret": secret})


def required(answer: Json, name: str, path: str) -> str:
    """Return field `name` of the answer to a repeatable call.

    Raises:
        Unreachable: the platform left it out.
    """
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Unreachable(f"{path}: the answer lacks {name}")
    return value


def listed(answer: Json, name: str, path: str) -> list[str]:
    """Return the list in field `name` of the answer to a repeatable call.

    Raises:
        Unreachable: something else answered than the platform (a proxy, a captive portal), or it left the field out.
    """
    value = answer.get(name)
    if not isinstance(value, list):
        raise Unreachable(f"{path}: the answer lacks {name}")
    return [str(each) for each in value]


def _fetcher(transport: Transport, method: str, path: str, **sending: Any) -> Fetch:
    def fetch() -> tuple[str, int]:
        try:
            answer = transport.call(method, path, **sending)
        except ApiError as error:
            refused = error
        else:
            return required(answer, "access_token", path), _integer(answer.get("expires_in", 7200))
        raise _no_token(transport, refused, path)

    return fetch


def _no_token(transport: Transport, refused: ApiError, path: str) -> TokenError:
    """Return the error for a token that is refused or not given; a new one would change nothing, so: stop."""
    entry = lookup(transport.table, refused.code)
    if entry.action is Action.REFRESH_TOKEN:
        entry = dataclasses.replace(entry, action=Action.STOP_ALERT)
    return TokenError(entry, path, refused.detail, refused.rid)


def _session(base: str, concurrency: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = urlsplit(base).hostname not in {"127.0.0.1", "::1", "localhost"}  # no proxy to ourselves
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=concurrency, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _with(params: Mapping[str, str] | None, token: str) -> dict[str, str]:
    return {**(params or {}), "access_token": token}


def _surely_not_sent(error: requests.RequestException) -> bool:
    if isinstance(error, _SURELY_NOT_SENT):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, SSLError):  # only the certificate's check is sure to come before the request
        return any(isinstance(inner, ssl.SSLCertVerificationError) for inner in cause.args)
    return isinstance(cause, NewConnectionError)


def _http_failure(path: str, status: int, unknown: type[OutboundError]) -> OutboundError | None:
    if status < 300:
        return None
    return unknown(f"{path}: HTTP {status}") if status >= 500 else Unreachable(f"{path}: HTTP {status}")


def _decode(body: bytes) -> Json | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _integer(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1


def _scrub(message: str) -> str:
    """Return the platform's words without what could be a token or secret (all are 32 characters or longer)."""
    return _SECRET.sub("…", message)[:160].strip()
