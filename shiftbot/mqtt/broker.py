"""The embedded broker, for the demo and for pharmacies without one: amqtt on a thread of its own, on this machine.

Without devices named, everybody on this machine may do anything. With devices (broker_devices.py), each has its
password and its topics. It keeps nothing over a restart: a larger pharmacy has Mosquitto (docs/mosquitto.conf).
"""

import asyncio
import logging
import secrets
import selectors
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shiftbot.errors import SettingsError
from shiftbot.mqtt.broker_devices import Device

if TYPE_CHECKING:
    from amqtt.broker import Broker as AmqttBroker

__all__ = ["Broker", "Device"]

log = logging.getLogger(__name__)

SESSION_KEPT_SECONDS = 3600
"""amqtt's default keeps every session for ever (libraries.md 1.1)."""

STARTS_WITHIN_SECONDS = 15

CONNECTIONS_MAX = 2_000
"""More than any pharmacy has devices; whoever opens more of them waits."""

ITSELF = "shiftbot itself"
"""Our own subscriber's name: no device's, since theirs are single words."""

OWN_QUESTIONS = ("spBv1.0/+/NCMD/+",)
"""All that we ever publish: that a Sparkplug node be born again."""

EVERYWHERE = ("0.0.0.0", "::")


@dataclass(slots=True)
class Broker:
    """A broker on this machine; `port` 0 takes a free one, known once it has started."""

    devices: Mapping[str, Device] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    _own_password: str = field(default_factory=secrets.token_urlsafe, repr=False)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _broker: "AmqttBroker | None" = None
    _started: threading.Event = field(default_factory=threading.Event)
    _failed: BaseException | None = None

    @property
    def url(self) -> str:
        """Where clients connect to: this machine's name for itself where the broker listens on all its addresses."""
        return f"mqtt://{self._address}"

    @property
    def own_url(self) -> str:
        """Where our own subscriber connects to, with a password nobody else ever learns."""
        return f"mqtt://{quote(ITSELF)}:{self._own_password}@{self._address}" if self.devices else self.url

    @property
    def own_client_id(self) -> str:
        """Our own subscriber's: who knows it could push us off the broker, so it cannot be guessed."""
        return f"shiftbot-{self._own_password[:14]}"

    @property
    def _address(self) -> str:
        return f"{'127.0.0.1' if self.host in EVERYWHERE else self.host}:{self.port}"

    def url_for(self, device: str) -> str:
        """Where a device connects to, with its name and password."""
        return f"mqtt://{quote(device)}:{quote(self.devices[device].password, safe='')}@{self._address}"

    def start(self) -> "Broker":
        """Start, and return once it listens. Raises SettingsError when the port is taken."""
        self._thread = threading.Thread(target=self._run, name="mqtt-broker", daemon=True)
        self._thread.start()
        self._started.wait(timeout=STARTS_WITHIN_SECONDS)
        if self._failed is not None or self._broker is None:
            raise SettingsError(f"no MQTT broker could be started on {self.host}:{self.port}: {self._failed}")
        return self

    def stop(self) -> None:
        """Close every connection and return when the thread has ended."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=STARTS_WITHIN_SECONDS)

    def __enter__(self) -> "Broker":
        """Start it."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def _run(self) -> None:
        # amqtt is heavy, and only who needs a broker pays for it.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        selector = selectors.DefaultSelector()
        self._loop = asyncio.SelectorEventLoop(selector)
        # A client that goes away in the middle of a word is no news.
        self._loop.set_exception_handler(lambda _, context: log.debug("broker: %s", context.get("message")))
        try:
            self._broker = self._loop.run_until_complete(self._listening())
        except Exception as error:  # noqa: BLE001 - whoever called start() is told
            self._failed = error
            self._loop.close()
            return
        finally:
            self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._closed(self._broker))
        _abort_left(selector)
        # A transport that was closed lets go of its socket in the loop's next rounds.
        for _ in range(3):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listening(self) -> "AmqttBroker":
        from shiftbot.mqtt.broker_delivery import KeepingBroker

        broker = KeepingBroker(self._configuration())
        await broker.start()
        (listener,) = broker._servers.values()  # noqa: SLF001 - there is no other way to learn which port 0 became
        self.port = next(iter(listener.instance.sockets)).getsockname()[1]
        return broker

    def _configuration(self) -> dict[str, Any]:
        named = {
            name: {
                "password": device.password,
                "publishes": list(device.publishes),
                "subscribes": list(device.subscribes),
            }
            for name, device in self._accounts().items()
        }
        listener = {"type": "tcp", "bind": f"{self.host}:{self.port}", "max_connections": CONNECTIONS_MAX}
        return {
            "listeners": {"default": listener},
            "session_expiry_interval": SESSION_KEPT_SECONDS,
            "plugins": {
                "shiftbot.mqtt.broker_rights.WhoMayConnect": {"devices": named},
                "shiftbot.mqtt.broker_rights.WhoMayDoWhat": {"devices": named},
                "shiftbot.mqtt.broker_rights.WhoFellSilent": {},
            },
        }

    def _accounts(self) -> dict[str, Device]:
        own = Device(self._own_password, publishes=OWN_QUESTIONS, subscribes=("#",))
        own_account = {ITSELF: own} if self.devices else {}
        return {**self.devices, **own_account}

    async def _closed(self, broker: "AmqttBroker") -> None:
        await broker.shutdown()
        left = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _abort_left(selector: selectors.BaseSelector) -> None:
    """Cut off clients whose connection amqtt forgot while it stopped: nobody else would close their sockets."""
    for key in list(selector.get_map().values()):
        for handle in key.data or ():
            owner = getattr(getattr(handle, "_callback", None), "__self__", None)
            if isinstance(owner, asyncio.Transport):
                owner.abort()
