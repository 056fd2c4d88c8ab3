"""Messages as the makers' documents show them, with what is in them: the readings every format must get right."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shiftbot.domain.site import Sensor
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import Decoded, Measured, Rejected
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Birth

NOW = datetime(2026, 11, 22, 14, 6, tzinfo=UTC)


def payload_of(said: object) -> bytes:
    """Anything as a payload: bytes and text as they are, everything else as JSON."""
    if isinstance(said, bytes):
        return said
    return (said if isinstance(said, str) else json.dumps(said)).encode()


def read(
    said: object, sensor: Sensor, *, topic: str = "", now: datetime = NOW, birth: Birth = UNBORN
) -> Decoded | Rejected:
    """What intake is given."""
    return formats.read(topic or sensor.topic, payload_of(said), now, sensor, birth)


def decode(said: object, sensor: Sensor, *, topic: str = "", now: datetime = NOW, birth: Birth = UNBORN) -> Decoded:
    """Everything in a message that is not refused."""
    decoded = formats.decode(topic or sensor.topic, payload_of(said), now, sensor, birth)
    assert isinstance(decoded, Decoded), decoded
    return decoded


def one(said: object, sensor: Sensor, **more: Any) -> Measured:
    """The only reading of a message."""
    decoded = read(said, sensor, **more)
    assert isinstance(decoded, Decoded), decoded
    (measured,) = decoded.measured
    return measured


def values(said: object, sensor: Sensor, **more: Any) -> dict[tuple[str, str], float]:
    """Everything measured, by metric and probe."""
    return {(each.metric.value, each.probe): each.value for each in decode(said, sensor, **more).measured}


@dataclass(frozen=True)
class Example:
    """A documented message; `celsius` is the temperature that the sensor must get from it."""

    sensor: Sensor
    payload: bytes
    celsius: float
    now: datetime = NOW


ZIGBEE = Sensor("zigbee2mqtt/hilltop/vaccine-fridge", format="zigbee2mqtt")
ZIGBEE_SAYS = (
    b'{"battery":97,"temperature":4.31,"humidity":41.8,"voltage":2900,"linkquality":116,'
    b'"last_seen":"2026-11-22T14:05:31.000Z"}'
)

TASMOTA = Sensor("tele/fridges/SENSOR", format="tasmota", probe="01131B123456")
TASMOTA_SAYS = (
    b'{"Time":"2026-11-22T09:05:00","DS18B20-1":{"Id":"01131B123456","Temperature":4.2},'
    b'"DS18B20-2":{"Id":"01131B654321","Temperature":-18.6},"TempUnit":"C"}'
)

SHELLY = Sensor("shellyplus1-a8032abe54dc/events/rpc", format="shelly")
SHELLY_SAYS = (
    b'{"src":"shellyplus1-a8032abe54dc","dst":"shellyplus1-a8032abe54dc/events","method":"NotifyStatus",'
    b'"params":{"ts":1795356331.62,"temperature:100":{"id":100,"tC":4.3,"tF":39.8}}}'
)
SHELLY_HT = Sensor("shellyplusht-b8d61a8b17cc/events/rpc", format="shelly")
SHELLY_HT_SAYS = (
    b'{"src":"shellyplusht-b8d61a8b17cc","dst":"shellyplusht-b8d61a8b17cc/events","method":"NotifyFullStatus",'
    b'"params":{"ts":1795356331.62,"devicepower:0":{"id":0,"battery":{"V":5.9,"percent":88},'
    b'"external":{"present":false}},"humidity:0":{"id":0,"rh":42.2},"temperature:0":{"id":0,"tC":4.8,"tF":40.6},'
    b'"sys":{"mac":"B8D61A8B17CC","wakeup_period":600}}}'
)
SHELLY_STATUS = Sensor("shellyplus1-a8032abe54dc/status/temperature:100", format="shelly")
SHELLY_STATUS_SAYS = b'{"id":100,"tC":4.3,"tF":39.8}'

HOME_ASSISTANT = Sensor("esp-fridge/sensor/fridge_probe/state", format="home-assistant", path="temperature")
DISCOVERY_TOPIC = "homeassistant/sensor/esp-fridge/fridge_probe/config"
DISCOVERY_SAYS = (
    '{"~":"esp-fridge/sensor/fridge_probe","name":"Fridge probe","uniq_id":"a0b1c2-temp","stat_t":"~/state",'
    '"unit_of_meas":"°C","dev_cla":"temperature","stat_cla":"measurement","val_tpl":"{{ value_json.temperature }}",'
    '"avty_t":"esp-fridge/status","pl_avail":"online","pl_not_avail":"offline","exp_aft":900,'
    '"dev":{"ids":["a0b1c2"],"name":"esp-fridge","mf":"Espressif","mdl":"esp32dev","sw":"2026.10.0"}}'
).encode()

ESPHOME = Sensor("esp-fridge/sensor/fridge_probe/state", format="esphome")

CHIRPSTACK = Sensor(
    "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/24e124126b123456/event/up", format="chirpstack"
)
CHIRPSTACK_SAYS = (
    b'{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","time":"2026-11-22T14:05:31.775023242+00:00",'
    b'"deviceInfo":{"tenantId":"52f14cd4-c6f1-4fbd-8f87-4025e1d49242","tenantName":"ChirpStack",'
    b'"applicationId":"17c82e96-be03-4f38-aef3-f83d48582d97","applicationName":"Pharmacy",'
    b'"deviceProfileId":"14855bf7-d10d-4aee-b618-ebfcb64dc7ad","deviceProfileName":"EM500-PT100",'
    b'"deviceName":"freezer-1","devEui":"24e124126b123456","tags":{}},"devAddr":"00189440","dr":1,"fCnt":812,'
    b'"fPort":85,"data":"AXVkA2cZAQ==","object":{"battery":100.0,"temperature":28.1},'
    b'"rxInfo":[{"gatewayId":"0016c001f153a14c","uplinkId":4217106255,"rssi":-36,"snr":10.5}],'
    b'"txInfo":{"frequency":867100000}}'
)

THINGS = Sensor("v3/pharmacy@tenant/devices/freezer-1/up", format="the-things-stack")
THINGS_SAYS = (
    b'{"end_device_ids":{"device_id":"freezer-1","application_ids":{"application_id":"pharmacy"},'
    b'"dev_eui":"0004A30B001C0530","join_eui":"800000000000000C","dev_addr":"00BCB929"},'
    b'"correlation_ids":["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ"],"received_at":"2026-11-22T14:05:32.014773143Z",'
    b'"uplink_message":{"session_key_id":"AXA50tHUGUucuzS/bCGMNw==","f_port":85,"f_cnt":812,'
    b'"frm_payload":"AXVkA2cZAQ==","decoded_payload":{"battery":100,"temperature":28.1},'
    b'"rx_metadata":[{"gateway_ids":{"gateway_id":"gtw1","eui":"9C5C8E00001A05C4"},'
    b'"time":"2026-11-22T14:05:31.787Z","rssi":-35,"snr":5}],"settings":{"data_rate":{"lora":{"bandwidth":125000,'
    b'"spreading_factor":7}},"frequency":"868300000"},"received_at":"2026-11-22T14:05:31.789585559Z"}}'
)

MILESIGHT = Sensor("lora/24e124126b123456", format="milesight")
KEPT_AT = datetime(2022, 10, 12, 8, 2, 38, tzinfo=UTC)
"""1665561758, the time in Milesight's own examples of a history."""

RUUVI = Sensor("ruuvi/C8:25:2D:8E:9C:2C/F4:1F:0C:28:CB:D6", format="ruuvi-gateway")
RUUVI_SAYS = (
    b'{"gw_mac":"C8:25:2D:8E:9C:2C","rssi":-26,"aoa":[],"gwts":"1653668027","ts":"1653668027",'
    b'"data":"0201061BFF99040515AE4C6DC6D7000CFFF803F4ADB6AD697FF41F0C28CBD6","coords":""}'
)
RUUVI_AT = datetime(2022, 5, 27, 16, 13, 47, tzinfo=UTC)

THEENGS = Sensor("home/OMG_ESP32_BLE/BTtoMQTT/A4C138AABBCC", format="openmqttgateway")
THEENGS_SAYS = (
    b'{"id":"A4:C1:38:AA:BB:CC","name":"GVH5075_AABB","rssi":-67,"brand":"Govee","model":"Thermo-Hygrometer",'
    b'"model_id":"H5072/75","type":"THB","cidc":false,"acts":true,"tempc":4.2,"tempf":39.56,"hum":45.6,"batt":98}'
)

RTL_433 = Sensor("rtl_433/pharmacy/events", format="rtl_433", probe="Acurite-515/AR/648")
RTL_433_SAYS = (
    b'{"time":"2026-11-22 09:05:31","model":"Acurite-515","id":648,"channel":"AR","battery_ok":1,'
    b'"temperature_F":36.2,"mic":"CHECKSUM"}'
)
RTL_433_OTHER_SAYS = (
    b'{"time":"2026-11-22 09:05:31","model":"Acurite-986","id":17021,"channel":"1R","battery_ok":1,'
    b'"temperature_F":51.0,"status":0,"mic":"CRC"}'
)

SPARKPLUG = Sensor("spBv1.0/Hilltop/DDATA/gw1/fridge1", format="sparkplug-b")
SPARKPLUG_SAYS = bytes.fromhex("0880d8c1a28c34121d0a0b54656d706572617475726510011880d8c1a28c34200965000088401803")
SPARKPLUG_ALIAS_SAYS = bytes.fromhex("080112091001180165000088401803")
SPARKPLUG_AT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)

EXAMPLES = {
    "plain": Example(Sensor("hilltop/vaccine-fridge"), b"4.21", 4.21),
    "plain-json": Example(
        Sensor("hilltop/vaccine-fridge"),
        b'{"temperature": 4.21, "unit": "C", "taken_at": "2026-11-22T14:05:31Z", "battery": 97}',
        4.21,
    ),
    "json-path": Example(Sensor("pharmacy/1/temp", format="json-path", path="$.t"), b'{"t":4.2}', 4.2),
    "statestream": Example(Sensor("homeassistant/sensor/x/state"), b"4.2", 4.2),
    "zigbee2mqtt": Example(ZIGBEE, ZIGBEE_SAYS, 4.31),
    "tasmota": Example(TASMOTA, TASMOTA_SAYS, 4.2),
    "shelly": Example(SHELLY, SHELLY_SAYS, 4.3),
    "shelly-ht": Example(SHELLY_HT, SHELLY_HT_SAYS, 4.8),
    "shelly-status": Example(SHELLY_STATUS, SHELLY_STATUS_SAYS, 4.3),
    "home-assistant": Example(HOME_ASSISTANT, b'{"temperature":4.2}', 4.2),
    "home-assistant-plain": Example(Sensor("x/state", format="home-assistant"), b"4.2", 4.2),
    "esphome": Example(ESPHOME, b"4.19", 4.19),
    "chirpstack": Example(CHIRPSTACK, CHIRPSTACK_SAYS, 28.1),
    "the-things-stack": Example(THINGS, THINGS_SAYS, 28.1),
    "milesight": Example(MILESIGHT, bytes.fromhex("01756403671901"), 28.1),
    "milesight-th": Example(MILESIGHT, bytes.fromhex("01755C03673401046865"), 30.8),
    "milesight-history": Example(MILESIGHT, bytes.fromhex("20CE9E74466310015D"), 27.2, KEPT_AT),
    "ruuvi-gateway": Example(RUUVI, RUUVI_SAYS, 27.75, RUUVI_AT),
    "openmqttgateway": Example(THEENGS, THEENGS_SAYS, 4.2),
    "rtl_433": Example(RTL_433, RTL_433_SAYS, (36.2 - 32) * 5 / 9),
    "sparkplug-b": Example(SPARKPLUG, SPARKPLUG_SAYS, 4.25, SPARKPLUG_AT),
}
