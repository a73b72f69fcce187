"""Tells what became of uploaded calls to the addresses that were named with them: signed, repeated until it is heard.

The form is that of Standard Webhooks: the headers webhook-id, webhook-timestamp and webhook-signature, whose value is
"v1," and the base64 of the HMAC-SHA256 over "ID.TIMESTAMP.BODY" with the account's secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import msgspec
import structlog
from msgspec import structs

from ringledger.calls.codes import UploadError
from ringledger.intake.outbound import RETRIES, Outbound, OutboundFault
from ringledger.intake.uploads import Uploads
from ringledger.registry.keys import Keys
from ringledger.store.uploads import Untold, Upload

log = structlog.get_logger()

_PURPOSE: Final = "callbacks"
_SECONDS: Final = 15.0


def secret(keys: Keys, account: int) -> str:
    """The account's secret as receivers are given it: "whsec_" and the base64 of the key."""
    return "whsec_" + base64.b64encode(keys.of(_PURPOSE, account)).decode()


class UploadNews:
    """Tells the news of uploads. `clock` gives Unix seconds."""

    def __init__(
        self,
        uploads: Uploads,
        keys: Keys,
        outbound: Outbound,
        clock: Callable[[], float],
        delays: tuple[int, ...] = RETRIES,
    ) -> None:
        self._uploads = uploads
        self._keys = keys
        self._outbound = outbound
        self._clock = clock
        self._delays = delays

    def tell(self, upload: Upload) -> None:
        """Tells the oldest status that is due, and remembers whether it was heard. Raises EngineFault."""
        news = upload.untold[0]
        try:
            self._send(upload, news)
        except OutboundFault as fault:
            log.info("status_not_told", account=upload.account, ext_id=upload.ext_id, reason=str(fault))
            self._put_off(upload, news)
        else:
            self._uploads.change([upload], lambda row: structs.replace(row, untold=_without(row, news)))

    def _send(self, upload: Upload, news: Untold) -> None:
        body = msgspec.json.encode(
            {
                "status": news.status,
                "ext_id": upload.ext_id,
                "call_session_id": news.call_session_id,
                "timestamp": news.time,
                "error_message": UploadError[news.error_code.upper()].label if news.error_code else None,
                "error_code": news.error_code,
            }
        )
        told = f"{upload.account}:{upload.ext_request_id}:{upload.ext_id}:{news.status}:{news.time}"
        name = "msg_" + hashlib.sha256(told.encode()).hexdigest()[:32]
        now = int(self._clock())
        signed = f"{name}.{now}.".encode() + body
        signature = base64.b64encode(hmac.digest(self._keys.of(_PURPOSE, upload.account), signed, hashlib.sha256))
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{signature.decode()}",
        }
        self._outbound.post(upload.callback.url or "", body, headers, _SECONDS)

    def _put_off(self, upload: Upload, news: Untold) -> None:
        if news.attempts >= len(self._delays):
            log.warning("status_given_up", account=upload.account, ext_id=upload.ext_id, status=news.status)
            self._uploads.change([upload], lambda row: structs.replace(row, untold=_without(row, news)))
            return
        due = int(self._clock()) + self._delays[news.attempts]
        later = structs.replace(news, attempts=news.attempts + 1, due=due)
        self._uploads.change(
            [upload],
            lambda row: structs.replace(row, untold=tuple(later if one == news else one for one in row.untold)),
        )


def _without(upload: Upload, news: Untold) -> tuple[Untold, ...]:
    return tuple(one for one in upload.untold if one != news)
