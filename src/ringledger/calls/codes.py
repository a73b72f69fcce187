"""The codes of the API, each with its value once; labels for people where the code does not speak for itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _Labelled(StrEnum):
    """Codes that have a `label` for people."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """A code with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Direction(StrEnum):
    """Who called: the contact (in) or the company (out)."""

    IN = "in"
    OUT = "out"


class Source(StrEnum):
    """What made the call."""

    CALLAPI = "callapi"
    CALLAPI_MANAGEMENT_CALL = "callapi_management_call"
    CALLAPI_INFORMER_CALL = "callapi_informer_call"
    CALLAPI_SCENARIO_CALL = "callapi_scenario_call"
    VA = "va"
    CALL_TRACKING = "call_tracking"
    DYNAMIC_CALL_TRACKING = "dynamic_call_tracking"
    CALLOUT = "callout"
    CALLBACK = "callback"
    FAXOUT = "faxout"
    SIP = "sip"
    CONSULTANT = "consultant"
    SITEPHONE = "sitephone"
    LEAD = "lead"
    RETAILCRM = "retailcrm"
    AMOCRM = "amocrm"
    BITRIX = "bitrix"
    AUTO_BACK_CALL = "auto_back_call"


class Channel(StrEnum):
    """The kind of advertising that brought the caller."""

    DISPLAY = "display"
    PAID = "paid"
    AFFILIATE = "affiliate"
    MESSENGER = "messenger"
    SOCIAL = "social"
    EMAIL = "email"
    ORGANIC = "organic"
    INTERNAL = "internal"
    RECOMMENDATION = "recommendation"
    CASHED = "cashed"
    REFERRAL = "referral"
    DIRECT = "direct"


class VisitorType(StrEnum):
    """Whether a visitor is new or came back."""

    NEW = "New"
    RETURNED = "Returned"


class VisitorDevice(StrEnum):
    """What a visitor browsed on."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    OTHER = "other"


class TagType(StrEnum):
    """Whether a rule or a person set a tag."""

    AUTO = "auto"
    MANUAL = "manual"


class Attribute(StrEnum):
    """What kind of inquiry a call was."""

    FIRST = "first"
    THROUGH = "through"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    LOST = "lost"
    TARGET = "target"
    OFF_TARGET = "off-target"
    QUALITY = "quality"
    REST = "rest"


class EmployeeStatus(StrEnum):
    """What an employee is doing; `label` is for people."""

    label: str

    def __new__(cls, value: str, label: str) -> EmployeeStatus:
        """A code with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    AVAILABLE = "available", "Available"
    BREAK = "break", "Break"
    DO_NOT_DISTURB = "do_not_disturb", "Do not disturb"
    NOT_AT_WORKPLACE = "not_at_workplace", "Not at the workplace"
    NOT_AT_WORK = "not_at_work", "Not at work"
    AUTO_OUT_CALL = "auto_out_call", "Automatic dialling"
    UNKNOWN = "unknown", "Unknown"


class CommunicationType(StrEnum):
    """The kind of a communication."""

    CALL = "call"


class MediaKind(StrEnum):
    """What a recording is of; the word in its address."""

    TALK = "talk"
    VOICE_MAIL = "voice_mail"


class FinishReason(_Labelled):
    """Why a session ended; `label` is the reference page's text."""

    NUMB_NOT_EXISTS = "numb_not_exists", "Virtual number is not found"
    INCORRECT_INPUT = "incorrect_input", "Incorrect input"
    NUMB_IS_INACTIVE = "numb_is_inactive", "Virtual number is inactive"
    SITEPHONE_IS_NOT_CONFIGURED = "sitephone_is_not_configured", "Sitephone is not configured"
    APP_IS_INACTIVE = "app_is_inactive", "App is inactive"
    NUMA_IN_BLACK_LIST = "numa_in_black_list", "Calling number is in the blacklist"
    NO_ACTIVE_SCENARIO = "no_active_scenario", "No active scenario is found"
    SIMPLE_FORWARDING_IS_NOT_CONFIGURED = (
        "simple_forwarding_is_not_configured",
        "Analytics: Simple forwarding is not configured",
    )
    SITE_NOT_EXISTS = "site_not_exists", "Website is not found"
    CALL_GENERATOR_IS_NOT_CONFIGURED = "call_generator_is_not_configured", "Call generator is not configured"
    ADD_CDR_TIMEOUT = "add_cdr_timeout", "Not determined"
    SUCCESS_FINISH = "success_finish", "Not determined"
    API_PERMISSION_DENIED = "api_permission_denied", "Access to Call API is denied"
    API_IP_NOW_ALLOWED = "api_ip_now_allowed", "IP address is not in the whitelist"
    COMPONENT_IS_INACTIVE = "component_is_inactive", "Component is inactive"
    EMPLOYEE_NOT_EXISTS = "employee_not_exists", "Employee is not found"
    NOT_ENOUGH_MONEY = "not_enough_money", "Not enough money"
    PLATFORM_NOT_FOUND = "platform_not_found", "Contact technical support"
    INTERNAL_ERROR = "internal_error", "Contact technical support"
    INCORRECT_CONFIG = "incorrect_config", "Incorrect configuration"
    COMMUNICATION_UNAVAILABLE = "communication_unavailable", "Unavailable type of communication"
    SUBSCRIBER_DISCONNECTS = "subscriber_disconnects", "Subscriber disconnected"
    NO_OPERATION = "no_operation", "No operation to process"
    SCENARIO_NOT_FOUND = "scenario_not_found", "Scenario not found"
    NO_MONEY = "no_money", "Ran out of money or the financial limit is reached"
    TRANSFER_DISCONNECTS = "transfer_disconnects", "Disconnect an employee during transfer"
    SCENARIO_DISCONNECTS = "scenario_disconnects", "Disconnect an employee when starting a scenario"
    FAX_SESSION_DONE = "fax_session_done", "Fax is received"
    NO_RESOURCES = "no_resources", "Customer limit is reached"
    ANOTHER_OPERATOR_ANSWER = "another_operator_answer", "Another employee answered"
    SUBSCRIBER_BUSY = "subscriber_busy", "Subscriber is busy"
    SUBSCRIBER_NOT_RESPONSIBLE = "subscriber_not_responsible", "Subscriber does not respond"
    SUBSCRIBER_NUMBER_PROBLEMS = (
        "subscriber_number_problems",
        "Problems with subscriber's number. Contact technical support.",
    )
    OPERATOR_ANSWER = "operator_answer", "Employee answered"
    LOCKED_NUMB = "locked_numb", "Calls to a number are prohibited by security settings"
    CALL_NOT_ALLOWED_ON_TP = "call_not_allowed_on_tp", "Call is not allowed by a service plan"
    ACCOUNT_NOT_FOUND = "account_not_found", "Account is not found"
    CONTRACT_NOT_FOUND = "contract_not_found", "Contract is not found"
    OPERATOR_BUSY = "operator_busy", "Operator is busy"
    OPERATOR_NOT_RESPONSIBLE = "operator_not_responsible", "Operator does not respond"
    OPERATOR_DISCONNECTS = "operator_disconnects", "Operator disconnected"
    OPERATOR_NUMBER_PROBLEMS = (
        "operator_number_problems",
        "Problems with operator's number. Contact technical support.",
    )
    TIMEOUT = "timeout", "Time of a dial up is out"
    OPERATOR_CHANNELS_BUSY = "operator_channels_busy", "No more available lines on call transferring number"
    LOCKED_PHONE = "locked_phone", "Network problems"
    MAX_IN_CALL_REACHED = "max_in_call_reached", "Limit of lines for incoming calls is reached"
    MAX_OUT_CALL_REACHED = "max_out_call_reached", "Limit of lines for outgoing calls is reached"
    EMPLOYEE_BUSY = "employee_busy", "Employee is busy with another call"
    PHONE_GROUP_INACTIVE_BY_SCHEDULE = (
        "phone_group_inactive_by_schedule",
        "Numbers group is inactive according to a scenario",
    )
    SIP_OFFLINE = "sip_offline", "SIP-line is not registered"
    EMPLOYEE_INACTIVE = "employee_inactive", "Employee is inactive"
    EMPLOYEE_INACTIVE_BY_SCHEDULE = "employee_inactive_by_schedule", "Employee is inactive according to a schedule"
    EMPLOYEE_PHONE_INACTIVE = "employee_phone_inactive", "Employee number is inactive"
    ACTION_INTERVAL_EXCEEDED = "action_interval_exceeded", "Interval, specified in the operation, is exceeded"
    GROUP_PHONE_INACTIVE = "group_phone_inactive", "A number in a group is not available"
    NO_OPERATOR_CONFIRMATION = "no_operator_confirmation", "Employee did not confirm a call"
    MAX_TRANSITION_COUNT_EXCEEDED = (
        "max_transition_count_exceeded",
        "Transitions from operations from a scenario limit is reached",
    )
    NO_SUCCESS_SUBSCRIBER_CALL = "no_success_subscriber_call", "Couldn't reach a subscriber"
    NO_SUCCESS_OPERATOR_CALL = "no_success_operator_call", "Couldn't reach an employee"
    DISCONNECT_BEFORE_CALL_PROCESSING = "disconnect_before_call_processing", "Disconnection before a call is processed"
    PROCESSING_METHOD_NOT_FOUND = "processing_method_not_found", "Processing method is not found"
    EMPLOYEE_WITHOUT_PHONES = "employee_without_phones", "Employee doesn't have numbers"
    GROUP_WITHOUT_PHONES = "group_without_phones", "Employee group doesn't have numbers"
    NO_OPERATOR_CDR_FOUND = "no_operator_cdr_found", "Calls for employees are not found"


class RecordType(StrEnum):
    """The kind of files that a call was uploaded with."""

    WAV = "wav"
    MP3 = "mp3"


class RecordChannel(StrEnum):
    """The channel of a recording on which the employee is heard."""

    LEFT = "left"
    RIGHT = "right"


class UploadStatus(_Labelled):
    """What became of an uploaded call."""

    NEW = "new", "Taken, not begun yet"
    IN_PROCESS = "in_process", "Its recordings are being fetched and its session is being made"
    PROCESSED = "processed", "Its session is in the report"
    NOT_PROCESSED = "not_processed", "The server failed; the call may be uploaded again"
    CANCELLED = "cancelled", "The account was switched off before the call's turn came"
    ERROR = "error", "The call could not be taken, error_code says why; it may be uploaded again, three times in all"


class UploadError(_Labelled):
    """Why an uploaded call or its recording was not taken."""

    RECORD_ADDRESS_REFUSED = "record_address_refused", "The recording's address is not one that may be fetched from"
    RECORD_NOT_REACHABLE = "record_not_reachable", "The recording's server does not answer"
    RECORD_NOT_FOUND = "record_not_found", "The recording's server has no such file"
    RECORD_DOWNLOAD_FAILED = "record_download_failed", "The recording's server refused the file or broke it off"
    RECORD_DOWNLOAD_TIMEOUT = "record_download_timeout", "The recording took too long to fetch"
    RECORD_TOO_LARGE = "record_too_large", "The recording is larger than this server takes"
    RECORD_FORMAT_NOT_SUPPORTED = "record_format_not_supported", "The recording is neither WAV nor MP3"
    RECORD_DAMAGED = "record_damaged", "The recording is damaged or empty"
    RECORD_CHANNEL_MISSING = "record_channel_missing", "The recording has no such channel"
    ACCOUNT_INACTIVE = "account_inactive", "The account was switched off"
    INTERNAL_ERROR = "internal_error", "The server failed; its log says why"
