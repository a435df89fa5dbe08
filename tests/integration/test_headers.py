"""Issue 2, line 11: what stands on every answer, and which forms are taken."""
import json
import socket
import unittest

from shared import Case
from visitor import captcha_fields

HEADERS = {
    "Content-Security-Policy":
        "default-src 'none'; style-src 'self'; script-src 'self'; "
        "img-src 'self'; media-src 'self'; connect-src 'self'; "
        "worker-src 'self'; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}
FORM = "/mot-de-passe-oublie"


class Headers(Case):
    def every_answer(self):
        visitor = self.house.visitor()
        person = self.house.add_person()
        page = visitor.get(FORM)
        captcha = captcha_fields(page.text)
        name = captcha["captcha_id"]
        fields = {"numen": person.number, "naissance": person.typed_birth,
                  **captcha}
        yield 200, page
        for path in ("/", "/demande-enregistree", "/mot-de-passe-change",
                     "/healthz", "/readyz", f"/captcha/{name}.png",
                     f"/captcha/{name}.wav", "/static/style.css",
                     "/.well-known/security.txt"):
            yield 200, visitor.get(path)
        yield 404, visitor.get("/rien")
        yield 404, visitor.get("/static/rien")
        yield 404, visitor.get("/captcha/rien.png")
        yield 405, visitor.ask("PUT", FORM)
        yield 405, visitor.post("/", {})
        yield 403, visitor.post(FORM, fields,
                                headers={"Origin": "https://evil.example"})
        yield 422, visitor.post(FORM, {})
        yield 303, visitor.post(FORM, fields)
        yield 413, visitor.ask("POST", FORM, b"a=" + b"b" * 20000)
        yield 303, visitor.get("/r/" + "A" * 43)
        yield 410, visitor.get("/nouveau-mot-de-passe")
        yield 303, self.house.visitor().get("/nouveau-mot-de-passe")
        yield 303, visitor.get("/.well-known/change-password")

    def test_every_answer_has_them(self):
        for status, answer in self.every_answer():
            with self.subTest(status=status, text=answer.text[:60]):
                self.assertStatus(answer, status)
                for name, value in HEADERS.items():
                    self.assertEqual(answer.headers.get_all(name), [value])
                self.assertNotIn("Server", answer.headers)
                self.assertNotIn("X-Powered-By", answer.headers)
                # Plain http on loopback: HSTS is for https alone.
                self.assertNotIn("Strict-Transport-Security", answer.headers)
                if status != 303 or answer.raw:
                    self.assertIn("Content-Type", answer.headers)

    def test_pages_have_no_inline_script_or_style(self):
        for status, answer in self.every_answer():
            if "text/html" not in answer.headers.get("Content-Type", ""):
                continue
            self.assertNotRegex(answer.text, r"<style|\sstyle=|\son\w+=|"
                                             r"javascript:")
            self.assertNotRegex(answer.text, r"<script(?![^>]*\ssrc=)")
            self.assertNotRegex(answer.text, r'(src|href)="(https?:)?//')
            self.assertIn("text/html; charset=utf-8",
                          answer.headers["Content-Type"])

    def test_cached_or_not(self):
        visitor = self.house.visitor()
        page = visitor.get("/")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        name = page.text.partition('rel="stylesheet" href="')[2].partition(
            '"')[0]
        style = visitor.get(name)
        self.assertStatus(style, 200)
        self.assertIn("immutable", style.headers["Cache-Control"])
        self.assertEqual(style.headers["Content-Type"],
                         "text/css; charset=utf-8")

    def test_languages(self):
        """?lang=, then Accept-Language, then the site's first; no cookie."""
        visitor = self.house.visitor()
        for wanted, query, language in [
                (None, "", "fr"), ("en-GB,en;q=0.9", "", "en"),
                ("de, en;q=0.2, fr;q=0.1", "", "en"), ("de", "", "fr"),
                ("en", "?lang=fr", "fr"), ("fr", "?lang=en", "en"),
                ("en;q=0", "", "fr")]:
            with self.subTest(wanted, query=query):
                answer = visitor.get("/" + query, headers={
                    "Accept-Language": wanted} if wanted else {})
                self.assertIn(f'<html lang="{language}">', answer.text)
                self.assertEqual(answer.headers["Content-Language"], language)
                self.assertIn("Accept-Language", answer.headers["Vary"])
                self.assertNotIn("Set-Cookie", answer.headers)

    def test_a_mail_is_in_the_language_of_the_browser(self):
        person = self.house.add_person()
        answer = self.house.visitor().recover(
            person.number, person.typed_birth,
            headers={"Accept-Language": "en"})
        self.assertGoes(answer, "/demande-enregistree")
        mail = self.house.wait_mail(person)
        self.assertEqual(mail.message["Content-Language"], "en")
        self.assertTrue(mail.links[0].endswith("?lang=en"), mail.links)
        page = self.house.opened(mail.links[0]).get(
            "/nouveau-mot-de-passe?lang=en")
        self.assertIn(person.login, page.text)

    def test_faults_for_a_program(self):
        answer = self.house.visitor().post(
            FORM, {"numen": "", "naissance": "x"},
            headers={"Accept": "application/json, text/html;q=0.1"})
        self.assertStatus(answer, 422)
        self.assertEqual(answer.headers["Content-Type"],
                         "application/problem+json; charset=utf-8")
        self.assertEqual([x["field"] for x in
                          json.loads(answer.text)["errors"]],
                         ["numen", "naissance"])

    def test_no_cookie_before_it_is_needed(self):
        visitor = self.house.visitor()
        for path in ("/", FORM, "/demande-enregistree", "/healthz"):
            self.assertNotIn("Set-Cookie", visitor.get(path).headers)


class Origin(Case):
    def post(self, **headers):
        person = self.house.add_person()
        return self.house.visitor().recover(
            person.number, person.typed_birth,
            headers={k.replace("_", "-"): v for k, v in headers.items()})

    def test_what_is_ours(self):
        for headers in [{}, {"Origin": self.house.url},
                        {"Sec_Fetch_Site": "same-origin"},
                        {"Sec_Fetch_Site": "none"},
                        {"Origin": "null", "Sec_Fetch_Site": "same-origin"},
                        {"Origin": self.house.url,
                         "Sec_Fetch_Site": "same-origin"}]:
            with self.subTest(headers):
                self.assertGoes(self.post(**headers), "/demande-enregistree")

    def test_what_is_not(self):
        for headers in [{"Origin": "https://evil.example"},
                        {"Origin": self.house.url + ".evil.example"},
                        {"Origin": self.house.url.replace("http", "https")},
                        {"Origin": "http://127.0.0.1:1"},
                        {"Sec_Fetch_Site": "cross-site"},
                        {"Sec_Fetch_Site": "same-site"},
                        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
                        {"Origin": self.house.url,
                         "Sec_Fetch_Site": "cross-site"}]:
            with self.subTest(headers):
                answer = self.post(**headers)
                self.assertStatus(answer, 403)
                self.assertIn("ne vient pas de notre site", answer.text)

    def test_the_new_password_too(self):
        person = self.house.add_person()
        visitor = self.house.with_link(person)
        answer = visitor.choose(self.PASSWORD,
                                headers={"Origin": "https://evil.example"})
        self.assertStatus(answer, 403)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")

    def test_a_get_from_elsewhere_is_fine(self):
        answer = self.house.visitor().get(
            "/", headers={"Origin": "https://webmail.example",
                          "Sec-Fetch-Site": "cross-site"})
        self.assertStatus(answer, 200)


class Body(Case):
    def test_16_kib_and_no_more(self):
        visitor = self.house.visitor()
        start = b"numen=x&naissance=y&z="
        for size, status in [(16384, 422), (16385, 413), (200000, 413)]:
            with self.subTest(size):
                answer = visitor.ask("POST", FORM,
                                     start + b"a" * (size - len(start)))
                self.assertStatus(answer, status)

    def test_chunked_without_a_length(self):
        """Counted while it comes."""
        def pieces():
            for _ in range(18):
                yield b"3e8\r\n" + b"a" * 1000 + b"\r\n"
            yield b"0\r\n\r\n"

        visitor = self.house.visitor()
        answer = visitor.ask("POST", FORM, pieces(),
                             {"Transfer-Encoding": "chunked"})
        self.assertStatus(answer, 413)

    def test_an_endless_body_is_cut(self):
        with socket.create_connection(("127.0.0.1", self.house.port)) as line:
            line.settimeout(10)
            line.sendall(b"POST /mot-de-passe-oublie HTTP/1.1\r\nHost: x\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
            sent = 0
            try:
                while sent < 50_000_000:
                    line.sendall(b"1000\r\n" + b"a" * 4096 + b"\r\n")
                    sent += 4096
            except OSError:
                pass
        self.assertLess(sent, 50_000_000)
        self.assertStatus(self.house.visitor().get("/healthz"), 200)


class Slow(Case):
    def test_idle_connections_do_not_keep_others_out(self):
        lines = [socket.create_connection(("127.0.0.1", self.house.port))
                 for _ in range(100)]
        try:
            for line in lines[:50]:
                line.sendall(b"POST /mot-de-passe-oublie HTTP/1.1\r\n"
                             b"Host: x\r\nContent-Length: 100\r\n\r\nnum")
            self.assertStatus(self.house.visitor().get(FORM), 200)
        finally:
            for line in lines:
                line.close()


if __name__ == "__main__":
    unittest.main()
