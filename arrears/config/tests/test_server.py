"""A taken port is said before any work is done for it."""

import socket

import pytest

from arrears.config.server import UnableToServe, make_sure_of


def test_a_taken_port_is_refused_with_another_to_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnableToServe, match=f"127.0.0.1:{port}") as refused:
            make_sure_of(host="127.0.0.1", port=port)
    assert "--port" in str(refused.value)
    make_sure_of(host="127.0.0.1", port=port)


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(UnableToServe):
        make_sure_of(host="192.0.2.1", port=8000)
