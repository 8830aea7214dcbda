"""The listener's TLS, for a client that trusts the private authority in SSL_CERT_FILE."""

import json
import os
import socket
import ssl
import urllib.parse

import pytest
import sslyze

from conftest import TIMEOUT_SECONDS, asking

pytestmark = pytest.mark.skipif(
    not os.environ["GATEWAY_BASE_URL"].startswith("https:"), reason="the gateway is served without TLS"
)


@pytest.fixture
def place(base_url) -> tuple[str, int]:
    url = urllib.parse.urlsplit(base_url)
    return url.hostname, url.port


class Talk:
    """TLS whose bytes the test moves itself, so that it can end one direction and go on with the other."""

    def __init__(self, plain: socket.socket, name: str):
        self.plain = plain
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ssl.create_default_context().wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.until_done(self.tls.do_handshake)

    def until_done(self, step):
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self.flush()
                if data := self.plain.recv(65536):
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
                continue
            self.flush()
            return done

    def flush(self):
        if data := self.outgoing.read():
            self.plain.sendall(data)

    def read_all(self) -> bytes:
        """Everything until TLS says that nothing follows; an end without that word is an error."""
        data = b""
        try:
            while piece := self.until_done(lambda: self.tls.read(65536)):
                data += piece
        except ssl.SSLZeroReturnError:
            pass
        return data


def test_a_client_that_shuts_its_sending_side_is_answered(place, prompt):
    body = json.dumps(asking(prompt)).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(place, timeout=TIMEOUT_SECONDS) as plain:
        talk = Talk(plain, place[0])
        talk.tls.write(head.encode() + body)
        talk.flush()
        plain.shutdown(socket.SHUT_WR)
        answer = talk.read_all()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body)["choices"]


def test_a_client_that_trusts_no_such_authority_turns_away(place):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with socket.create_connection(place, timeout=TIMEOUT_SECONDS) as plain:
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(plain, server_hostname=place[0])


def test_no_old_version_and_no_weak_suite_is_offered(place):
    commands = {
        "ssl_2_0_cipher_suites", "ssl_3_0_cipher_suites", "tls_1_0_cipher_suites", "tls_1_1_cipher_suites",
        "tls_1_2_cipher_suites", "tls_1_3_cipher_suites", "tls_compression", "tls_1_3_early_data",
        "openssl_ccs_injection", "tls_fallback_scsv", "heartbleed", "robot", "session_renegotiation",
    }  # fmt: skip
    scanner = sslyze.Scanner()
    request = sslyze.ServerScanRequest(
        server_location=sslyze.ServerNetworkLocation(hostname="localhost", port=place[1], ip_address=place[0]),
        scan_commands={sslyze.ScanCommand(command) for command in commands},
    )
    scanner.queue_scans([request])
    (scan,) = scanner.get_results()
    assert scan.scan_result, scan.connectivity_error_trace
    results = {}
    for command in commands:
        attempt = getattr(scan.scan_result, command)
        assert attempt.status == sslyze.ScanCommandAttemptStatusEnum.COMPLETED, f"{command}: {attempt.error_trace}"
        results[command] = attempt.result

    def suites(version: str) -> list[str]:
        return [each.cipher_suite.name for each in results[version + "_cipher_suites"].accepted_cipher_suites]

    for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"]:
        assert suites(version) == []
    assert suites("tls_1_3")
    assert suites("tls_1_2")
    for suite in suites("tls_1_2"):
        assert suite.startswith("TLS_ECDHE_")
        assert "_GCM_" in suite or "_CHACHA20_POLY1305_" in suite
    assert not results["tls_compression"].supports_compression
    assert not results["tls_1_3_early_data"].supports_early_data
    assert not results["openssl_ccs_injection"].is_vulnerable_to_ccs_injection
    assert not results["heartbleed"].is_vulnerable_to_heartbleed
    assert not results["session_renegotiation"].is_vulnerable_to_client_renegotiation_dos
    assert "NOT_VULNERABLE" in results["robot"].robot_result.name
