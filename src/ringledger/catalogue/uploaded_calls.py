"""The fields of get.uploaded_calls and the parameters of upload.calls, a line each."""

from __future__ import annotations

from typing import Final

from ringledger.calls.codes import Direction, RecordChannel, RecordType, UploadError, UploadStatus
from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.lines import (
    DERIVED,
    array,
    code,
    codes,
    count,
    flag,
    line,
    moment,
    number,
    record,
    term,
    text,
)
from ringledger.catalogue.parameters import Parameter

MOST_CALLS: Final = 50
"""How many calls a request may upload."""

_LONGEST: Final = 2**32 - 1

_FIELDS: Final[tuple[Field, ...]] = (
    line("ext_id", Kind.STRING, "FSD", "Id that the uploading system gave the call", required=True),
    text("ext_request_id", "FSD", "Id of the request that uploaded it last", origin=DERIVED),
    moment("upload_time", "", "When it was uploaded last", origin=DERIVED, required=True),
    code("direction", "FSD", "Who called: the contact (in) or the company (out)", Direction),
    text("calling_phone_number", "FSD", "Number that called", contact_number=True),
    text("called_phone_number", "FSD", "Number that was called", contact_number=True),
    moment("start_time", "FSD", "When the call started", required=True),
    moment("finish_time", "FSD", "When it ended", required=True),
    flag("is_lost", "FSD", "Whether no employee talked with the contact"),
    flag("is_transfer", "FSD", "Whether the call was moved on"),
    count("wait_duration", "FSD", "Seconds until the conversation"),
    count("talk_duration", "FSD", "Seconds of conversation"),
    number("visitor_session_id", "FSD", "Id of the visit"),
    number("campaign_id", "FSD", "Id of the campaign"),
    number("source_id", "FSD", "Id of the traffic source"),
    number("site_id", "FSD", "Id of the site"),
    text("comment", "FSD", "Comment of the uploading system"),
    code("record_type", "FSD", "Which list of recordings was uploaded", RecordType),
    code("status", "FSD", "What became of it", UploadStatus, origin=DERIVED),
    code("error_code", "FSD", "Why it was not taken", UploadError, origin=DERIVED),
    number("call_session_id", "FSD", "Id of its call session", origin=DERIVED),
    record(
        "callback", "", "Where its statuses are told",
        text("url", "", "Address that is called"),
        codes("events", "", "Statuses that are told", UploadStatus),
    ),
    array(
        "tags", "", "Tags that it was uploaded with",
        number("tag_id", "", "Id of the tag"),
        term("tag_name", "", "Name of the tag"),
    ),
    array(
        "records", "", "Recordings that it was uploaded with",
        term("employee_name", "", "Name of the employee who is heard"),
        number("employee_id", "", "Id of that employee"),
        code("employee_channel", "", "Channel on which the employee is heard", RecordChannel),
        text("record_url", "", "Address from which it is fetched"),
    ),
)  # fmt: skip

UPLOADED_CALLS: Final = Report(
    method="get.uploaded_calls",
    table="uploaded_calls",
    title="What became of the calls that were uploaded, by the calls' start",
    fields=_FIELDS,
    moment="start_time",
    finish="finish_time",
    key="ext_id",
    session="call_session_id",
)


def _text(name: str, meaning: str, *, required: bool = False, most: int = 500) -> Parameter:
    return Parameter(name=name, type="string", meaning=meaning, required=required, least=1, most=most)


def _id(name: str, meaning: str) -> Parameter:
    return Parameter(name=name, type="number", meaning=meaning, least=1)


def _seconds(name: str, meaning: str) -> Parameter:
    return Parameter(name=name, type="number", meaning=meaning, least=0, most=_LONGEST)


_URL: Final = _text("record_url", "http or https address of the file", required=True, most=2000)

_CALL: Final = (
    _text("ext_id", "Id of the call in the uploading system", required=True, most=255),
    Parameter(name="direction", type="enum", meaning="Who called; in if absent", values=tuple(Direction)),
    _text("calling_phone_number", "Number that called", required=True, most=50),
    _text("called_phone_number", "Number that was called", required=True, most=50),
    Parameter(name="start_time", type="iso8601", meaning="When it started, in the account's time zone", required=True),
    Parameter(name="finish_time", type="iso8601", meaning="When it ended, likewise", required=True),
    Parameter(name="is_lost", type="boolean", meaning="Whether no employee talked with the contact", required=True),
    Parameter(name="is_transfer", type="boolean", meaning="Whether the call was moved on; no if absent"),
    _seconds("wait_duration", "Seconds until the conversation"),
    _seconds("talk_duration", "Seconds of conversation"),
    _id("visitor_session_id", "Id of the visit that led to the call"),
    _id("campaign_id", "Id of the campaign; not looked at beside a visitor_session_id"),
    _id("source_id", "Id of the traffic source"),
    _id("site_id", "Id of the site; not looked at beside a visitor_session_id or a number of another site"),
    _text("comment", "Comment", most=10_000),
    Parameter(
        name="callback",
        type="object",
        meaning="Where to tell what becomes of the call",
        members=(
            _text("url", "http or https address", required=True, most=2000),
            Parameter(
                name="events",
                type="array",
                meaning="Statuses to tell",
                required=True,
                items="enum",
                values=(UploadStatus.PROCESSED, UploadStatus.IN_PROCESS, UploadStatus.ERROR),
                least=1,
            ),
        ),
    ),
    Parameter(
        name="tags",
        type="array",
        meaning="Tags of the call, by id or by name",
        members=(_id("tag_id", "Id of the tag"), _text("tag_name", "Name of the tag", required=True, most=300)),
        most=100,
    ),
    Parameter(
        name="wav_records",
        type="array",
        meaning="Its recordings as WAV, in the order of the conversations",
        members=(
            _id("employee_id", "Id of the employee who is heard"),
            _text("employee_name", "Name of the employee who is heard", required=True, most=300),
            Parameter(
                name="employee_channel",
                type="enum",
                meaning="Channel on which the employee is heard",
                required=True,
                values=tuple(RecordChannel),
            ),
            _URL,
        ),
        most=20,
    ),
    Parameter(
        name="mp3_records",
        type="array",
        meaning="Its recordings as MP3, in the order of the conversations",
        members=(
            _text("employee_name", "Name of the employee who is heard", most=300),
            _id("employee_id", "Id of the employee who is heard"),
            _URL,
        ),
        most=20,
    ),
    _text("employee_name", "Name of the employee who is heard in record_url", most=300),
    _id("employee_id", "Id of that employee"),
    _text("record_url", "Address of the one MP3 recording", most=2000),
)

CALLS: Final = Parameter(
    name="calls",
    type="array",
    meaning=f"The calls, 1 to {MOST_CALLS}",
    required=True,
    members=_CALL,
    least=1,
    most=MOST_CALLS,
)
"""What upload.calls takes beside the access token."""
