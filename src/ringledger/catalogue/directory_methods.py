"""The methods that read and change an account's directory, with their parameters; holds no code that answers them."""

from __future__ import annotations

from typing import Final

from ringledger.calls.codes import Direction, EmployeeStatus
from ringledger.catalogue import directory as reports
from ringledger.catalogue.method import Method, report_method
from ringledger.catalogue.parameter_lines import (
    choice,
    choices,
    entries,
    entry,
    fraction,
    ids,
    integer,
    moment,
    string,
    strings,
    truth,
)
from ringledger.catalogue.parameters import ACCESS, Parameter

_ID: Final = integer("id", "Id of the entry", required=True)
_NAME: Final = string("name", "Name", least=1)
_NAME_REQUIRED: Final = string("name", "Name", required=True, least=1)
_LONGEST_EXTENSION: Final = 5
_LONGEST_PART: Final = 99
_MOST_CONTACTS: Final = 1000


def _change(name: str, summary: str, *own: Parameter, for_masked: bool = True) -> Method:
    return Method(name=name, summary=summary, parameters=(*ACCESS, *own), for_masked=for_masked)


_SETTABLE_STATUSES: Final = tuple(status for status in EmployeeStatus if status is not EmployeeStatus.AUTO_OUT_CALL)


def _directions(in_or_out: str, kind: str) -> Parameter:
    name = f"{in_or_out}_{kind}_allowed_call_directions"
    return choices(name, f"Directions allowed of {kind} calls coming {in_or_out}", Direction)


_CALLS_OF_EMPLOYEES: Final = (
    truth("calls_available", "Whether the employee takes calls"),
    choices("allowed_in_call_types", "Kinds of calls that the employee may get", reports.CALL_TYPES),
    _directions("in", "external"),
    _directions("in", "internal"),
    choices("allowed_out_call_types", "Kinds of calls that the employee may make", reports.CALL_TYPES),
    _directions("out", "external"),
    _directions("out", "internal"),
    string("email", "Address for letters"),
    choice("call_recording", "Which calls are recorded", reports.RECORDED),
    integer("schedule_id", "Id of the schedule"),
)
_PHONE: Final = (
    string("phone_number", "The number", required=True, least=1, most=100),
    integer("channels_count", "Calls that it takes at once", least=1, most=150),
    integer("dial_time", "Seconds for which it is rung", least=1, most=100),
    choice("status", "Whether it is in use", reports.ACTIVITY),
)
_PHONES: Final = "Numbers at which the employee is reached"
_MOST_PHONES: Final = 10


def _coach(*, with_id: bool) -> Parameter:
    always = truth("coach_always_enabled", "Whether the coach always may")
    return entry(
        "coach", "Who listens in on the employee", always, integer("coach_id", "Id of the coach", required=with_id)
    )


def _extension(*, required: bool) -> Parameter:
    return entry(
        "extension", "The employee's extension",
        string("extension_phone_number", "The extension", required=True, least=1, most=_LONGEST_EXTENSION),
        truth("extension_voice_mail_enabled", "Whether it has voice mail", required=required),
        truth("extension_queue_enabled", "Whether calls to it queue", required=required),
    )  # fmt: skip


def _operator(*, required: bool) -> Parameter:
    return entry(
        "operator", "The employee as an operator; kept, not acted on but for the login, the password not even kept",
        string("operator_display_name", "Name that visitors see", required=required, least=1),
        string("operator_login", "Login of the user who is this employee", required=True, least=1),
        string("operator_password", "Password", required=True, least=8),
        integer("operator_position_id", "Id of the position"),
        truth("operator_offline_message_enabled", "Whether the operator gets offline messages"),
        truth("operator_invite_to_chat_enabled", "Whether the operator may invite to chats"),
        truth("operator_chat_enabled", "Whether the operator may chat"),
        ids("operator_sites", "Ids of the operator's sites"),
    )  # fmt: skip


_EMPLOYEES: Final = (
    report_method(reports.EMPLOYEES),
    _change(
        "create.employees",
        "Adds an employee",
        string("first_name", "First name", most=_LONGEST_PART),
        string("last_name", "Last name", required=True, least=1, most=_LONGEST_PART),
        string("patronymic", "Patronymic", most=_LONGEST_PART),
        choice("status", "What the employee is doing", _SETTABLE_STATUSES),
        *_CALLS_OF_EMPLOYEES,
        _coach(with_id=True),
        ids("groups", "Ids of the groups that the employee belongs to"),
        entries("phone_numbers", _PHONES, *_PHONE, most=_MOST_PHONES),
        _extension(required=False),
        _operator(required=True),
    ),
    _change(
        "update.employees",
        "Changes an employee",
        _ID,
        string("first_name", "First name", most=_LONGEST_PART),
        string("last_name", "Last name", required=True, least=1, most=_LONGEST_PART),
        string("patronymic", "Patronymic", most=_LONGEST_PART),
        choice("status", "What the employee is doing", EmployeeStatus),
        integer("status_id", "Id of the status"),
        *_CALLS_OF_EMPLOYEES,
        _coach(with_id=False),
        ids("groups", "Ids of the groups that the employee belongs to"),
        entries(
            "phone_numbers", _PHONES, integer("phone_id", "Id of the number"), *_PHONE, required=True, most=_MOST_PHONES
        ),
        _extension(required=True),
        _operator(required=False),
    ),
    _change("delete.employees", "Takes an employee away; old calls keep the name", _ID),
)


_GROUP: Final = (
    ids("members", "Ids of the employees of the group"),
    string("group_phone_number", "Extension of the group", least=1, most=_LONGEST_EXTENSION),
    truth("queue_enabled", "Whether calls to it queue"),
)
_CHANNELS: Final = ("channels_count", "Calls that it takes at once")

_GROUPS: Final = (
    report_method(reports.GROUP_EMPLOYEES),
    _change(
        "create.group_employees",
        "Adds a group of employees",
        _NAME_REQUIRED,
        *_GROUP,
        integer(*_CHANNELS, least=1, most=199),
    ),
    _change(
        "update.group_employees",
        "Changes a group of employees",
        _ID,
        _NAME_REQUIRED,
        *_GROUP,
        integer(*_CHANNELS, required=True, least=1, most=199),
    ),
    _change("delete.group_employees", "Takes a group of employees away", _ID),
    report_method(
        reports.STATUSES, truth("is_deleted", "Whether only those in use no more are returned, or the others")
    ),
    report_method(reports.SCHEDULES),
)

_SITE_LINK: Final = entry(
    "widget_link", "Link under the widget; kept, not acted on",
    truth("enabled", "Whether it is shown", required=True),
    string("text", "Its text", required=True),
    string("url", "Its address", required=True, most=2000),
)  # fmt: skip
_SITE_VISITOR: Final = entry(
    "show_visitor_id", "How the site shows the visitor's id; kept, not acted on",
    truth("enabled", "Whether it is shown", required=True),
    string("element_id_value", "Element that shows it", required=True),
    string("message", "Text beside it"),
    integer("length_visitor_id", "Digits of it", least=1, most=20),
)  # fmt: skip
_SITE: Final = (
    string("default_phone_number", "Number of the site, whose calls are the site's", required=True, least=1, most=100),
    integer("default_scenario_id", "Scenario of that number"),
    integer("industry_id", "Id of the industry; kept, not acted on", required=True),
    integer("target_call_min_duration", "Seconds of talk that make a call a target call; 30 if absent", most=86_400),
    truth("track_subdomains_enabled", "Whether subdomains are the site's; kept, not acted on"),
    integer("cookie_lifetime", "Days that a visitor is known; kept, not acted on", most=100_000),
    integer("campaign_lifetime", "Days that a campaign counts; kept, not acted on", most=100_000),
    truth("sales_enabled", "Whether sales are noted; kept, not acted on"),
    integer(
        "second_communication_period", "Days in which a target call again is a repeated one; 30 if absent",
        least=1, most=365,
    ),
    truth("services_enabled", "Whether services are on; kept, not acted on"),
    truth("replacement_dynamical_block_enabled", "Whether blocks are replaced; kept, not acted on"),
)  # fmt: skip

_SITES: Final = (
    report_method(reports.SITES),
    _change(
        "create.sites",
        "Adds a site",
        string("domain_name", "Domain of the site", required=True, least=1),
        string("name", "Name of the site"),
        *_SITE,
        _SITE_LINK,
        _SITE_VISITOR,
    ),
    _change(
        "update.sites",
        "Changes a site",
        _ID,
        string("domain_name", "Domain of the site", least=1),
        string("name", "Name of the site"),
        *_SITE,
        truth("is_support_web_directory", "Whether it has a web directory; kept, not acted on"),
        integer("child_customer_id", "Customer that the site belongs to; kept, not acted on"),
        truth("is_block_robot_traffic", "Whether robots are kept out; kept, not acted on"),
        _SITE_LINK,
        _SITE_VISITOR,
    ),
    _change("delete.sites", "Takes a site away; old calls keep its name", _ID),
)

_CAMPAIGN_CONDITIONS: Final = entry(
    "campaign_conditions", "Which visits are the campaign's; kept, not acted on",
    entries(
        "group_conditions", "Groups of conditions, one of which must hold",
        entries(
            "conditions", "Conditions of the group, all of which must hold",
            choice("type", "Whether it chooses or leaves out", reports.INCLUSION, required=True),
            string("campaign_parameter", "What is compared", required=True),
            string("value", "With what", required=True, most=2000),
            choice("operator", "How", reports.COMPARISONS, required=True),
            required=True,
        ),
        required=True,
    ),
)  # fmt: skip
_BLOCKS: Final = entries(
    "site_blocks", "Blocks of the site with the numbers shown in them",
    integer("site_block_id", "Id of the block", required=True),
    integer("phone_number_id", "Id of the virtual number, whose calls are the campaign's", required=True),
    integer("redirection_phone_number_id", "Id of the number that it is called by instead"),
    truth("dynamic_call_tracking_enabled", "Whether numbers change by visitor; kept, not acted on"),
)  # fmt: skip
_TRACKING: Final = entry(
    "dynamic_call_tracking", "Numbers that change by visitor; kept, not acted on",
    choice("reservation_time", "How long a visitor keeps a number", reports.RESERVATIONS),
    integer("count_virtual_numbers", "How many numbers there are", required=True, least=1, most=100_000),
    integer("count_visits", "Visits a day", required=True, least=1, most=1_000_000_000),
)  # fmt: skip
_ABOUT_CAMPAIGN: Final = (
    string("description", "What is noted about it", most=255),
    choice("status", "Whether it runs", reports.ACTIVITY),
    integer("site_id", "Id of its site", required=True),
    _CAMPAIGN_CONDITIONS,
    _BLOCKS,
)

_CAMPAIGNS: Final = (
    report_method(reports.CAMPAIGNS),
    _change("create.campaigns", "Adds a campaign", _NAME_REQUIRED, *_ABOUT_CAMPAIGN, _TRACKING),
    _change(
        "update.campaigns",
        "Changes a campaign",
        _ID,
        _NAME,
        *_ABOUT_CAMPAIGN,
        fraction("cost_ratio", "By what the cost is multiplied or divided", least=1),
        choice("cost_ratio_operator", "Whether it is", reports.RATIOS),
        _TRACKING,
    ),
    _change("delete.campaigns", "Takes a campaign away; old calls keep its name", _ID),
    report_method(reports.VIRTUAL_NUMBERS),
    report_method(reports.SCENARIOS),
    report_method(reports.SEGMENTS),
    report_method(reports.MEDIA_FILES),
)

_MOST_OF_A_CONTACT: Final = 10
_CONTACT: Final = (
    string("patronymic", "Patronymic", most=_LONGEST_PART),
    strings("emails", "Addresses for letters", most=_MOST_OF_A_CONTACT),
)
_BELONGINGS: Final = (
    integer("personal_manager_id", "Id of the employee who cares for the contact"),
    integer("organization_id", "Id of the organization"),
    ids("groups", "Ids of the groups that the contact belongs to"),
)
_MEMBERS: Final = ids("members", "Ids of its contacts")
_NUMBERS: Final = ("phone_numbers", "Numbers by which calls are the contact's")

_CONTACTS: Final = (
    report_method(reports.CONTACTS),
    _change(
        "create.contacts",
        "Adds a contact, also to old calls with its numbers",
        string("first_name", "First name", most=_LONGEST_PART),
        string("last_name", "Last name", required=True, least=1, most=_LONGEST_PART),
        *_CONTACT,
        strings(*_NUMBERS, required=True, most=_MOST_OF_A_CONTACT),
        *_BELONGINGS,
        for_masked=False,
    ),
    _change(
        "update.contacts",
        "Changes a contact, also on old calls",
        _ID,
        string("first_name", "First name", most=_LONGEST_PART),
        string("last_name", "Last name", least=1, most=_LONGEST_PART),
        *_CONTACT,
        strings(*_NUMBERS, most=_MOST_OF_A_CONTACT),
        *_BELONGINGS,
        for_masked=False,
    ),
    _change(
        "delete.contacts",
        "Takes contacts away, also from old calls",
        integer("id", "Id of the contact"),
        ids("ids", "Ids of several contacts", most=_MOST_CONTACTS),
    ),
    report_method(reports.GROUP_CONTACTS),
    _change("create.group_contacts", "Adds a group of contacts", _NAME_REQUIRED, _MEMBERS),
    _change(
        "update.group_contacts",
        "Changes a group of contacts",
        _ID,
        _NAME_REQUIRED,
        _MEMBERS,
    ),
    _change("delete.group_contacts", "Takes a group of contacts away", _ID),
    report_method(reports.CONTACT_ORGANIZATIONS),
    _change("create.contact_organizations", "Adds an organization", _NAME_REQUIRED),
    _change("update.contact_organizations", "Changes an organization", _NAME_REQUIRED, _ID),
    _change("delete.contact_organizations", "Takes an organization away", _ID),
)

_COMMUNICATIONS: Final = ("chat", "call", "goal", "offline_message")
_TYPE: Final = choice(
    "communication_type", "Kind of the communication; here are only calls", _COMMUNICATIONS, required=True
)
_TAGGED: Final = (
    integer("communication_id", "Id of the call"),
    string("communication_ext_id", "Id that the uploading system gave the call, instead", least=1),
    _TYPE,
    integer("tag_id", "Id of the tag", required=True),
)
_FILTER: Final = ("filter", "A filter of get.calls_report that chooses the calls")

_TAGS: Final = (
    report_method(reports.TAGS),
    _change("create.tags", "Adds a tag", _NAME_REQUIRED),
    _change("update.tags", "Renames a tag, also on old calls", _ID, _NAME),
    _change("delete.tags", "Takes a tag away, also from old calls", _ID),
    _change("set.tag_communications", "Sets a tag on a call", *_TAGGED),
    _change("unset.tag_communications", "Takes a tag from a call", *_TAGGED),
    _change(
        "set.tag_sales",
        "Notes a sale on a call and sets the tag of sales",
        integer("communication_id", "Id of the call", required=True),
        _TYPE,
        moment("date_time", "When the sale was made", required=True),
        fraction("transaction_value", "What was paid", required=True),
        string("comment", "What is noted about it", most=255),
    ),
    report_method(reports.TAG_RULES, for_masked=False),
    _change(
        "create.tag_rules",
        "Adds a rule that sets a tag on the calls that its filter chooses",
        _NAME_REQUIRED,
        integer("tag_id", "Id of the tag that it sets", required=True),
        entry(*_FILTER, required=True),
        truth("is_active", "Whether it is applied to new calls; true if absent"),
        for_masked=False,
    ),
    _change(
        "update.tag_rules",
        "Changes a rule",
        _ID,
        _NAME,
        integer("tag_id", "Id of the tag that it sets"),
        entry(*_FILTER),
        truth("is_active", "Whether it is applied to new calls"),
        for_masked=False,
    ),
    _change("delete.tag_rules", "Takes a rule away; the tags that it set stay", _ID),
    _change(
        "set.tag_rules",
        "Applies a rule to the calls of a period; tells on how many it set its tag",
        _ID,
        moment("date_from", "First moment of the period, in the account's time zone", required=True),
        moment("date_till", "Last moment of the period, in the account's time zone", required=True),
        for_masked=False,
    ),
)

DIRECTORY_METHODS: Final = (*_TAGS, *_EMPLOYEES, *_GROUPS, *_SITES, *_CAMPAIGNS, *_CONTACTS)
"""The methods, in the order of the documentation."""
