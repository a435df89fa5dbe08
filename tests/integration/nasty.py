"""Strings that have broken somebody's form before."""

NASTY = [
    "", " ", "\t", "\n", "\r\n", "\0", "a\0b", "\x1b[31m", "\x7f", "\u0085",
    "'", "\"", "`", "\\", "%", "%s%s%s%n", "%00", "%0d%0aSet-Cookie: a=b",
    "${7*7}", "{{7*7}}", "{{#x}}", "{{>head}}", "{{t:home.title}}",
    "<script>alert(1)</script>", "\"><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "javascript:alert(1)", "<!--", "]]>",
    "&amp;&lt;", "&#0;", "' OR '1'='1", "1; DROP TABLE people--",
    "*", "*)(uid=*", ")(|(objectClass=*", "\\2a", "\\00", "uid=x,dc=y",
    "cn=a+sn=b", "#04024869", "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd", "/etc/passwd\0.png", "C:\\Windows\\win.ini",
    "x\r\nBcc: victim@example.org", "x\nSubject: y", "a@b\r\nRCPT TO:<c@d>",
    "=?utf-8?q?=0D=0A?=", "*3\r\n$8\r\nFLUSHALL\r\n", "\r\nFLUSHALL\r\n",
    "é" * 64, "\u0301" * 300, "e\u0301", "\ufb03", "\u202ereversed",
    "\ufeff", "\u2028", "\ud7ff", "\ufffd", "\uffff", "\U0001f600",
    "\U0010ffff", "👨‍👩‍👧‍👦", "ﷺ" * 200, "İıſẞ", "Ω≈ç√∫", "田中さん",
    "مرحبا", "0" * 13, "9" * 2000, "A" * 5000, "00/00/0000", "99/99/9999",
    "-1/-1/-1", "1e3", "NaN", "NULL", "undefined", "true", "[]", "{}",
    "09E9501234ABC" * 40, "01/09/1975" * 40, "9" * 18, "18446744073709551616",
    b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xf0\x9f\x98", b"ok\xfe\xffok", bytes(range(1, 256)),
]
