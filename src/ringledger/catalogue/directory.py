"""The fields of the get methods over an account's directory, a line each."""

from __future__ import annotations

from typing import Final

from ringledger.calls.codes import Direction, EmployeeStatus
from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.lines import array, code, codes, count, decimal, flag, moment, number, record, text

CALL_TYPES: Final = ("internal", "external")
RECORDED: Final = ("all", "in", "out", "off")
ACTIVITY: Final = ("active", "inactive")
ENGINES: Final = ("yandex.direct", "google.adwords", "vk.ads", "mytarget.ads")
RATIOS: Final = ("wo_changes", "multiply", "divide")
RESERVATIONS: Final = ("5m", "10m", "15m", "20m", "30m", "1h", "2h", "4h", "8h", "1d", "1w")
INCLUSION: Final = ("include", "exclude")
COMPARISONS: Final = ("=", "sub", "~")
DAY_KINDS: Final = ("days_of_week", "days_of_month", "business_calendar", "cycle")
_NUMBER_STATUSES: Final = (
    "active", "waiting", "cleaning", "prereserved", "reserved", "manual_lock", "limit_lock"
)  # fmt: skip
_CATEGORIES: Final = ("usual", "bronze", "silver", "gold", "platinum")
_NUMBER_TYPES: Final = ("va", "call_tracking", "dynamic_call_tracking")
_ID: Final = "Id of the entry"


def _id(flags: str = "F") -> Field:
    return number("id", flags, _ID, required=True)


def _directions(in_or_out: str, kind: str, flags: str) -> Field:
    name = f"{in_or_out}_{kind}_allowed_call_directions"
    return codes(name, flags, f"Directions allowed of {kind} calls coming {in_or_out}", Direction)


TAGS: Final = Report(
    method="get.tags",
    title="The tags of calls",
    fields=(
        _id(),
        text("name", "FS", "Name of the tag"),
        flag("is_system", "FS", "Whether it is Ringledger's own, such as that of sales"),
    ),
)

EMPLOYEES: Final = Report(
    method="get.employees",
    title="The employees",
    fields=(
        _id(),
        text("login", "FS", "Login of the employee's user, the one of the operator"),
        text("first_name", "FS", "First name"),
        text("last_name", "FS", "Last name"),
        text("patronymic", "S", "Patronymic"),
        text("full_name", "FS", "Last name, first name and patronymic, or the name in the directory file"),
        code("status", "F", "What the employee is doing", EmployeeStatus),
        number("status_id", "F", "Id of that status"),
        flag("calls_available", "FS", "Whether the employee takes calls"),
        codes("allowed_in_call_types", "F", "Kinds of calls that the employee may get", CALL_TYPES),
        _directions("in", "external", "F"),
        _directions("in", "internal", "F"),
        codes("allowed_out_call_types", "F", "Kinds of calls that the employee may make", CALL_TYPES),
        _directions("out", "external", "F"),
        _directions("out", "internal", "F"),
        text("email", "F", "Address for letters"),
        code("call_recording", "F", "Which calls are recorded", RECORDED),
        number("schedule_id", "F", "Id of the schedule"),
        text("schedule_name", "F", "Name of the schedule"),
        record(
            "coach", "F", "Who listens in on the employee",
            text("coach_full_name", "", "Name of the coach"),
            number("coach_id", "", "Id of the coach"),
            flag("coach_always_enabled", "", "Whether the coach always may"),
        ),
        array(
            "groups", "F", "Groups that the employee belongs to",
            number("group_id", "", "Id of the group"),
            text("group_name", "", "Name of the group"),
        ),
        array(
            "phone_numbers", "F", "Numbers at which the employee is reached",
            number("phone_id", "", "Id of the number"),
            text("phone_number", "", "The number"),
            count("channels_count", "", "Calls that it takes at once"),
            count("dial_time", "", "Seconds for which it is rung"),
            code("status", "", "Whether it is in use", ACTIVITY),
        ),
        record(
            "extension", "F", "The employee's extension",
            text("extension_phone_number", "", "The extension"),
            flag("extension_voice_mail_enabled", "", "Whether it has voice mail"),
            flag("extension_queue_enabled", "", "Whether calls to it queue"),
        ),
        record(
            "operator", "", "The employee as an operator; kept, not acted on but for the login",
            text("operator_display_name", "", "Name that visitors see"),
            text("operator_login", "", "Login"),
            number("operator_position_id", "", "Id of the position"),
            text("operator_position_name", "", "Name of the position"),
            flag("operator_offline_message_enabled", "", "Whether the operator gets offline messages"),
            flag("operator_invite_to_chat_enabled", "", "Whether the operator may invite to chats"),
            flag("operator_chat_enabled", "", "Whether the operator may chat"),
            flag("operator_chats_available", "", "Whether the operator takes chats"),
            array(
                "operator_sites", "", "Sites of the operator",
                number("site_id", "", "Id of the site"),
                text("site_domain_name", "", "Domain of the site"),
            ),
        ),
    ),
)  # fmt: skip

GROUP_EMPLOYEES: Final = Report(
    method="get.group_employees",
    title="The groups of employees",
    fields=(
        _id(),
        text("name", "FS", "Name of the group"),
        array(
            "members", "", "Employees of the group",
            number("employee_id", "", "Id of the employee"),
            text("employee_full_name", "", "Name of the employee"),
        ),
        array(
            "phone_numbers", "F", "Numbers of the employees of the group",
            text("employee_phone_number", "", "The number"),
            number("employee_phone_number_id", "", "Id of the number"),
            text("employee_full_name", "", "Name of its employee"),
            number("employee_id", "", "Id of its employee"),
            flag("available", "", "Whether it is in use"),
        ),
        text("group_phone_number", "FS", "Extension of the group"),
        flag("queue_enabled", "F", "Whether calls to it queue"),
        count("channels_count", "F", "Calls that it takes at once"),
    ),
)  # fmt: skip

STATUSES: Final = Report(
    method="get.statuses",
    title="The statuses of employees",
    fields=(
        _id(),
        text("name", "FS", "Name of the status"),
        code("mnemonic", "F", "Code of the status", EmployeeStatus),
        text("description", "S", "What it means"),
        text("color", "", "Colour that it is shown in"),
        flag("is_deleted", "S", "Whether it is in use no more"),
        _directions("in", "external", ""),
        _directions("in", "internal", ""),
        _directions("out", "external", ""),
        _directions("out", "internal", ""),
        codes("allowed_phone_protocols", "", "Lines that it allows", ("PSTN", "SIP", "SIP_TRUNK", "FMC")),
        flag("is_select_allowed", "S", "Whether employees choose it themselves"),
        flag("is_worktime", "S", "Whether it counts as work"),
        flag("is_auto_out_calls_ready", "S", "Whether automatic dialling may ring"),
    ),
)

SITES: Final = Report(
    method="get.sites",
    title="The sites",
    fields=(
        _id(),
        text("domain_name", "F", "Domain of the site"),
        text("name", "F", "Name of the site"),
        text("default_phone_number", "F", "Number of the site, whose calls are the site's"),
        record(
            "default_scenario", "", "Scenario of that number",
            number("scenario_id", "", "Id of the scenario"),
            text("scenario_name", "F", "Name of the scenario"),
        ),
        text("app_key", "", "Key of the application"),
        text("site_key", "", "Key of the site"),
        flag("is_editable", "", "Whether it may be changed"),
        moment("creation_date", "F", "When it was made"),
        count("target_call_min_duration", "F", "Seconds of talk that make a call a target call"),
        flag("track_subdomains", "F", "Whether subdomains are the site's; kept, not acted on"),
        count("cookie_lifetime", "F", "Days that a visitor is known; kept, not acted on"),
        count("campaign_lifetime", "F", "Days that a campaign counts; kept, not acted on"),
        flag("sales_enabled", "F", "Whether sales are noted; kept, not acted on"),
        count("second_communication_period", "F", "Days in which a target call again is a repeated one"),
        flag("services_enabled", "F", "Whether services are on; kept, not acted on"),
        flag("replacement_dynamical_block_enabled", "", "Whether blocks are replaced; kept, not acted on"),
        flag("is_support_web_directory", "F", "Whether it has a web directory; kept, not acted on"),
        record(
            "widget_link", "", "Link under the widget; kept, not acted on",
            flag("enabled", "", "Whether it is shown"),
            text("text", "", "Its text"),
            text("url", "", "Its address"),
            text("state", "", "Its state"),
        ),
        number("industry_id", "", "Id of the industry; kept, not acted on"),
        text("industry_name", "", "Name of the industry"),
        number("child_customer_id", "FS", "Customer that the site belongs to; kept, not acted on"),
        record(
            "show_visitor_id", "", "How the site shows the visitor's id; kept, not acted on",
            flag("enabled", "", "Whether it is shown"),
            text("element_id_value", "", "Element that shows it"),
            text("message", "", "Text beside it"),
            count("length_visitor_id", "", "Digits of it"),
        ),
        array(
            "site_blocks", "F", "Blocks of the site",
            number("site_block_id", "", "Id of the block"),
            text("site_block_name", "", "Name of the block"),
        ),
        codes("connected_integrations", "", "Services that the site is connected to",
              ("yandex.direct", "google.adwords", "yandex.metrika", "google.analytics", "vk.ads", "mytarget.ads")),
        number("parent_id", "FS", "Site that it is a part of"),
    ),
)  # fmt: skip

_CONDITIONS: Final = array(
    "group_conditions", "", "Groups of conditions, one of which must hold",
    array(
        "conditions", "", "Conditions of the group, all of which must hold",
        code("type", "", "Whether it chooses or leaves out", INCLUSION),
        text("campaign_parameter", "", "What is compared"),
        text("value", "", "With what"),
        code("operator", "", "How", COMPARISONS),
    ),
)  # fmt: skip

CAMPAIGNS: Final = Report(
    method="get.campaigns",
    title="The advertising campaigns",
    fields=(
        _id(),
        text("name", "FS", "Name of the campaign"),
        text("description", "", "What is noted about it"),
        code("status", "F", "Whether it runs", ACTIVITY),
        moment("creation_time", "FS", "When it was made"),
        record("campaign_conditions", "", "Which visits are the campaign's; kept, not acted on", _CONDITIONS),
        code("engine", "FS", "Advertising system that it is run in", ENGINES),
        code("type", "FS", "Kind of campaign", ("basic", "system", "integrated")),
        decimal("costs", "FS", "What it cost"),
        decimal("cost_ratio", "", "By what the cost is multiplied or divided"),
        code("cost_ratio_operator", "", "Whether it is", RATIOS),
        number("site_id", "FS", "Id of its site"),
        text("site_domain_name", "F", "Domain of its site"),
        array(
            "site_blocks", "F", "Blocks of the site with the numbers shown in them",
            number("site_block_id", "", "Id of the block"),
            text("site_block_name", "", "Name of the block"),
            code("phone_number_type", "", "Kind of number", ("user", "va", "call_tracking")),
            number("phone_number_id", "", "Id of the virtual number, whose calls are the campaign's"),
            text("phone_number", "", "The number"),
            number("redirection_phone_number_id", "", "Id of the number that it is called by instead"),
            text("redirection_phone_number", "", "That number"),
            flag("dynamic_call_tracking_enabled", "", "Whether numbers change by visitor; kept, not acted on"),
        ),
        *(text(f"static_utm_{name}", "F", f"UTM {name} of its visits")
          for name in ("source", "medium", "campaign", "term", "content", "referrer", "expid")),
        record(
            "dynamic_call_tracking", "F", "Numbers that change by visitor; kept, not acted on",
            code("reservation_time", "", "How long a visitor keeps a number", RESERVATIONS),
            count("count_virtual_numbers", "", "How many numbers there are"),
            count("count_visits", "", "Visits a day"),
            count("coverage_visitors", "", "Share of visitors who get a number"),
        ),
    ),
)  # fmt: skip

VIRTUAL_NUMBERS: Final = Report(
    method="get.virtual_numbers",
    title="The account's numbers",
    fields=(
        _id(),
        number("child_customer_id", "FS", "Customer that uses the number"),
        text("virtual_phone_number", "F", "The number"),
        text("redirection_phone_number", "F", "Number that it is called by instead"),
        moment("activation_date", "F", "Since when it is in use"),
        code("status", "FS", "Whether it is in use", _NUMBER_STATUSES),
        code("category", "FS", "Category of the number", _CATEGORIES),
        code("type", "FS", "What it is used for", _NUMBER_TYPES),
        text("comment", "FS", "What is noted about it"),
        text("name", "FS", "Name of the number"),
        array(
            "campaigns", "F", "Campaign whose calls come to it",
            number("campaign_id", "", "Id of the campaign"),
            text("campaign_name", "", "Name of the campaign"),
            number("site_id", "", "Id of its site"),
            text("site_domain_name", "", "Domain of its site"),
            array(
                "site_blocks", "", "Blocks of the site that show it",
                number("site_block_id", "", "Id of the block"),
                text("site_block_name", "", "Name of the block"),
            ),
        ),
        array(
            "scenarios", "F", "Scenario in which its calls begin",
            number("scenario_id", "", "Id of the scenario"),
            text("scenario_name", "", "Name of the scenario"),
            number("call_processing_rule_id", "", "Id of the rule"),
            flag("is_active", "", "Whether the rule is in use"),
        ),
    ),
)  # fmt: skip

SCENARIOS: Final = Report(
    method="get.scenarios",
    title="The scenarios that handle calls",
    fields=(
        _id("FS"),
        text("name", "FS", "Name of the scenario"),
        array("virtual_phone_numbers", "F", "Numbers whose calls begin in it"),
        array(
            "sites", "F", "Sites of those numbers",
            number("site_id", "", "Id of the site"),
            text("site_domain_name", "", "Domain of the site"),
        ),
        array(
            "campaigns", "F", "Campaigns of those numbers",
            number("site_id", "", "Id of the campaign's site"),
            text("site_domain_name", "", "Domain of that site"),
            number("campaign_id", "", "Id of the campaign"),
            text("campaign_name", "", "Name of the campaign"),
        ),
        array(
            "operations", "F", "Operations of the scenario",
            number("id", "", "Id of the operation"),
            text("name", "", "Name of the operation"),
        ),
    ),
)  # fmt: skip

SEGMENTS: Final = Report(
    method="get.segments",
    title="The segments of visitors",
    fields=(
        _id("FS"),
        text("name", "FS", "Name of the segment"),
        text("description", "FS", "What is noted about it"),
        number("site_id", "FS", "Id of its site"),
        text("site_domain_name", "FS", "Domain of its site"),
        record(
            "segments_conditions", "", "Which visitors belong to it",
            array(
                "group_conditions", "", "Groups of conditions, one of which must hold",
                array(
                    "conditions", "", "Conditions of the group, all of which must hold",
                    code("type", "", "Whether it chooses or leaves out", INCLUSION),
                    text("segment_parameter", "", "What is compared"),
                    text("value", "", "With what"),
                    code("operator", "", "How", COMPARISONS),
                ),
            ),
        ),
    ),
)  # fmt: skip

MEDIA_FILES: Final = Report(
    method="get.media_files",
    title="The files that scenarios play",
    fields=(
        _id("FS"),
        text("name", "FS", "Name of the file"),
        count("duration", "FS", "Length in seconds"),
        text("play_link", "", "Address that plays it"),
        flag("normalization", "FS", "Whether its loudness was levelled"),
        number("size", "FS", "Size in bytes"),
        code("type", "FS", "Whose file it is", ("system", "user")),
    ),
)

CONTACTS: Final = Report(
    method="get.contacts",
    title="The address book",
    fields=(
        _id(),
        text("first_name", "FS", "First name"),
        text("last_name", "FS", "Last name"),
        text("patronymic", "", "Patronymic"),
        text("full_name", "FS", "Last name, first name and patronymic"),
        array("emails", "F", "Addresses for letters"),
        array("phone_numbers", "F", "Numbers by which calls are the contact's", contact_number=True),
        number("personal_manager_id", "F", "Id of the employee who cares for the contact"),
        text("personal_manager_full_name", "F", "Name of that employee"),
        number("organization_id", "F", "Id of the organization"),
        text("organization_name", "F", "Name of the organization"),
        array(
            "groups", "F", "Groups that the contact belongs to",
            number("group_id", "", "Id of the group"),
            text("group_name", "", "Name of the group"),
        ),
    ),
)  # fmt: skip

GROUP_CONTACTS: Final = Report(
    method="get.group_contacts",
    title="The groups of contacts",
    fields=(
        _id(),
        text("name", "FS", "Name of the group"),
        flag("is_system", "F", "Whether it is Ringledger's own"),
        array(
            "members", "F", "Contacts of the group",
            number("contact_id", "", "Id of the contact"),
            text("contact_full_name", "", "Name of the contact"),
        ),
    ),
)  # fmt: skip

CONTACT_ORGANIZATIONS: Final = Report(
    method="get.contact_organizations",
    title="The organizations of contacts",
    fields=(_id(), text("name", "FS", "Name of the organization")),
)

SCHEDULES: Final = Report(
    method="get.schedules",
    title="The schedules of work",
    fields=(
        _id(),
        text("name", "FS", "Name of the schedule"),
        array(
            "schedules", "F", "When there is work",
            record(
                "activity_days", "", "On which days",
                code("type", "", "What the days are counted by", DAY_KINDS),
                array("days", "", "The days"),
            ),
            array(
                "activity_time", "", "At which hours",
                text("time_from", "", "From, HH:MM"),
                text("time_till", "", "Till, HH:MM"),
            ),
            text("activity_date_from", "", "First day, YYYY-MM-DD"),
            text("activity_date_till", "", "Last day, YYYY-MM-DD"),
        ),
    ),
)  # fmt: skip

TAG_RULES: Final = Report(
    method="get.tag_rules",
    title="The rules that set tags on calls",
    fields=(
        _id(),
        text("name", "FS", "Name of the rule"),
        number("tag_id", "FS", "Id of the tag that it sets"),
        text("tag_name", "FS", "Name of the tag"),
        text("filter", "", "The filter of get.calls_report that chooses the calls, as JSON text"),
        flag("is_active", "FS", "Whether it is applied to new calls"),
    ),
)
