"""An RTU server of pymodbus, on a serial port (`serial PATH BAUD_RATE`) or over TCP (`tcp`).

Units 1 to 3 hold in each of 1000 registers what the tests expect there. The port, or the path,
goes to standard output when it is ready."""

import asyncio
import sys

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTERS = [(register * 7) & 0xFFFF ^ 0x5A00 for register in range(1000)]


async def main(kind: str, *line: str) -> None:
    units = [
        SimDevice(unit, [SimData(0, values=REGISTERS, datatype=DataType.REGISTERS)])
        for unit in (1, 2, 3)
    ]
    if kind == "tcp":
        server = ModbusTcpServer(units, framer=FramerType.RTU, address=("127.0.0.1", 0))
        await server.listen()
        ready = server.transport.sockets[0].getsockname()[1]
    else:
        path, baud_rate = line
        server = ModbusSerialServer(units, port=path, baudrate=int(baud_rate))
        await server.listen()
        ready = path
    print(ready, flush=True)
    await server.serving


asyncio.run(main(*sys.argv[1:]))
