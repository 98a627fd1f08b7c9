"""Strings that break careless programs: each is sent into every box and every parameter."""

from __future__ import annotations

# As Python text, encoded as UTF-8 on the way.
TEXTS = (
    "", " ", "\t", "\n\r\n", "\x00", "food\x00pantry", "\x01\x02\x7f\x80\x9f", "\ufeff", "\ufffe\uffff",
    "\u202egnirtS\u202c",
    "\u2066\u2067\u2069\u200f", "\u200b\u200c\u200d", "Z\u0351\u036b\u0343\u036a\u0302a\u0327\u0489lgo",
    "e\u0301" * 90,
    "\u0301" * 200, "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f1fa\U0001f1f8" * 50,
    "\U000e0041\U000e007f",
    "\U0010ffff", "田中さんにあげて下さい", "الغذاء", "שָׁלוֹם", "ﷺ" * 60, "ß" * 100, "İıŞş", "ǅ", "ﬁﬂ", "½⅓²³①", "９１１",
    "' OR '1'='1", "'; DROP TABLE service; --", "1; SELECT pg_sleep(5)--", '" OR ""="',
    "') UNION SELECT 1,2,3--", "%' ESCAPE '",
    "%", "_", "%%%%", "\\", "\\\\'", "`id`", "$(id)", "| cat /etc/passwd", "; ls", "&& true",
    "../../../../etc/passwd",
    "..%2f..%2f", "C:\\boot.ini", "file:///etc/passwd", "//evil.example", "http://169.254.169.254/",
    "javascript:alert(1)",
    "{{7*7}}", "{{ config }}", "{% include 'x' %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%(name)s", "%s%s%n",
    "%d", "{0}", "{x}",
    "{__class__}", "<script>alert(1)</script>", '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</title><script>1</script>", "</textarea><b>", "<!--", "]]>", "&lt;script&gt;", "&#x3c;b&#x3e;",
    "<b>bold</b>", "\"'<>&",
    "x\r\nSet-Cookie: a=b", "x\r\nLocation: //evil.example", "%0d%0aX: y", "\u2028\u2029", "=1+1", "+1", "-1",
    "@SUM(A1)", "0", "-0",
    "1e309", "1e-400", "NaN", "nan", "inf", "-Infinity", "0x1F", "1_000", "１２", "٣", "9" * 400, "-" + "9" * 30,
    "1.0", "01", "1,5",
    "null", "None", "undefined", "true", "[]", "{}", '{"$gt":""}', "a" * 199, "a" * 200, "a" * 201, "a" * 5000,
    "a " * 2000,
    '"', '"unclosed', '""""', "-", "- -", "-food -pantry", "OR", "OR OR", "food OR", "AND NOT", "*", "food*",
    "?", "~", "food~2", "^",
    "field:value", "(((", ")))", "[1 TO 2]", "/re(ge)x/", "(a+)+$", "a" * 60 + "!", "COM1", "con", "10601",
    "00000", "99999", "10601-",
    "90,180", "91,181", "-90,-180", "0,0", "41.03, -73.76", "White Plains", "Mt Vernon", ", NY", "NY",
    "Puerto Rico", "ZZ, ZZ",
    "Springfield", "İstanbul", "2026-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "P1Y", "24:00", "99:99",
)  # fmt: skip

# Bytes as they stand in an address: what no well-behaved client sends.
RAW = (
    "%FF", "%C0%80", "%ED%A0%80", "%ED%A0%80%ED%B0%80", "%F8%88%80%80%80", "%E2%82", "%80", "%FE%FF", "%00",
    "%", "%%", "%u0041",
    "%zz", "a%2", "%F4%90%80%80", "%C3%28", "+%00+", "%0D%0A", "%EF%BF%BE", "%2500", "a" * 4000, "&&&===",
    "=&=", ";;", "[]",
)  # fmt: skip
