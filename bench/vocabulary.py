"""The words of the made sessions: names, places, campaigns, as the call centres of several countries have them."""

from __future__ import annotations

from typing import Final

FIRST_NAMES: Final = (
    "James", "Olivia", "José", "Zoë", "Jürgen", "Chloé", "Liam", "Иван", "Мария", "Сергей", "Анна", "Дмитрий", "Фёдор",
    "Юлия", "Екатерина", "محمد", "فاطمة", "أحمد", "مريم", "خالد", "نورة", "佳", "Αθηνά", "Mátyás",
)  # fmt: skip
LAST_NAMES: Final = (
    "Smith", "O'Brien", "Müller", "Núñez", "Kowalski", "Öztürk", "Nguyen", "Иванов", "Кузнецова", "Соколова", "Лебедев",
    "Семёнова", "Фёдоров", "العتيبي", "الحربي", "المنصوري", "الهاشمي", "النعيمي", "Παππάς", "Szabó", "王",
)  # fmt: skip
COUNTRIES: Final = ("Russia", "United Arab Emirates", "United Kingdom", "Germany", "Spain", "Türkiye")
COUNTRY_CODES: Final = ("RU", "AE", "GB", "DE", "ES", "TR")
REGIONS: Final = (
    "Москва и Московская обл.", "Санкт-Петербург и область", "Свердловская обл.", "Республика Татарстан", "Dubai",
    "Abu Dhabi", "مكة المكرمة", "Greater London", "West Midlands", "Bayern", "Cataluña", "İstanbul",
    *(f"Регион {number}" for number in range(1, 41)), *(f"Region {number}" for number in range(1, 26)),
)  # fmt: skip
CITIES: Final = (
    "Москва", "Санкт-Петербург", "Екатеринбург", "Казань", "Dubai", "أبو ظبي", "جدة", "London", "Birmingham", "München",
    "Barcelona", "İstanbul",
)  # fmt: skip
REASONS_TALKED: Final = (
    "subscriber_disconnects", "operator_disconnects", "transfer_disconnects", "scenario_disconnects", "success_finish",
)  # fmt: skip
REASONS_LOST: Final = (
    "subscriber_disconnects", "no_success_operator_call", "timeout", "operator_not_responsible", "operator_busy",
    "subscriber_busy", "subscriber_not_responsible", "disconnect_before_call_processing", "numa_in_black_list",
    "no_active_scenario", "employee_inactive_by_schedule", "sip_offline", "max_in_call_reached",
)  # fmt: skip
SOURCES_IN: Final = (
    "call_tracking",
    "dynamic_call_tracking",
    "va",
    "sip",
    "sitephone",
    "consultant",
    "lead",
    "callback",
)
SOURCES_OUT: Final = (
    "va",
    "callapi",
    "callapi_management_call",
    "sip",
    "amocrm",
    "bitrix",
    "callout",
    "auto_back_call",
)
CHANNELS: Final = ("paid", "organic", "direct", "referral", "social", "display", "email", "messenger", "affiliate")
DEVICES: Final = ("mobile", "desktop", "tablet", "other")
SEARCH_ENGINES: Final = ("Google", "Яндекс", "Bing", "Mail.ru")
REFERRERS: Final = (
    "www.google.com",
    "yandex.ru",
    "www.bing.com",
    "m.facebook.com",
    "vk.com",
    "l.instagram.com",
    "t.me",
)
SITES: Final = ("okna-mir.example", "dubai-flats.example", "rent-a-car.example", "кухни-дом.example", "crm.example")
PATHS: Final = (
    "/", *(f"/catalog/{name}" for name in ("windows", "chairs", "kitchens", "flats", "cars")),
    *(f"/landing/{number}" for number in range(40)), *(f"/blog/post-{number}?ref=list" for number in range(80)),
)  # fmt: skip
QUERIES: Final = tuple(
    f"{verb} {thing}{where}"
    for verb in ("купить", "заказать", "buy", "price of", "ремонт", "شراء", "сравнить", "cheap")
    for thing in ("пластиковые окна", "office chairs", "кухни на заказ", "car rental", "شقق للبيع", "crm system")
    for where in ("", " недорого", " near me", " отзывы", " dubai")
)
CAMPAIGNS: Final = (
    *(f"Google Ads | {kind} | {city}" for kind in ("Brand", "Generic", "Remarketing") for city in CITIES),
    *(f"Яндекс.Директ — {kind} — {city}" for kind in ("поиск", "РСЯ", "бренд") for city in CITIES),
    *(f"إعلان {city}" for city in CITIES), *(f"Email newsletter {number:03d}" for number in range(60)),
)  # fmt: skip
UTM_SOURCES: Final = (
    "google", "yandex", "facebook", "instagram", "vk", "bing", "newsletter", "2gis", "telegram", "партнёр", "youtube",
)  # fmt: skip
UTM_MEDIUMS: Final = ("cpc", "organic", "social", "email", "banner", "referral")
TAGS: Final = (
    "Новый клиент", "Repeat customer", "Спам", "Жалоба", "VIP", "Wrong number", "Заявка", "شكوى", "Callback requested",
    "Продажа", "Target", "Support", "عميل جديد", "Delivery", "Возврат", *(f"Тег {number}" for number in range(16, 61)),
)  # fmt: skip
SCENARIOS: Final = (
    "Основной сценарий", "Sales – inbound", "خدمة العملاء", "Ночной режим", "Support line 2", "Callback form",
    "VIP clients", "Филиал на Ленина", "Warehouse", "المبيعات",
)  # fmt: skip
OPERATIONS: Final = (
    "Приветствие", "IVR menu", "Звонок на группу сотрудников", "Call employee", "Голосовая почта", "تحويل المكالمة",
)  # fmt: skip
SEGMENTS: Final = (
    "Горячие лиды",
    "Visited pricing",
    "Брошенная корзина",
    "العملاء المميزون",
    "Newsletter",
    "Mobile only",
)
PROPERTY_NAMES: Final = ("email", "crm_id", "tariff", "loyalty_level", "город_доставки")
PROPERTY_VALUES: Final = ("gold", "silver", "—", "Premium 2026", "Москва", "دبي", "yes", "no", "line\nbreak", 'quo"te')
