// SPDX-License-Identifier: Apache-2.0
// What a serial port's driver is asked for besides speed and parity, and what it says to that.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "submeter/result.h"

namespace submeter::io {

/// ioctl(2) on an open port: 0, or an errno. Another function in tests, which have no hardware.
using PortControl = std::function<int(unsigned long request, void* argument)>;
PortControl control_of(int fd);

inline constexpr const char* kUsbSerialDevices = "/sys/bus/usb-serial/devices";

/// Asks for received bytes at once: ASYNC_LOW_LATENCY, and the timer with which FTDI adapters gather them (16
/// ms by default). `name` is that of the port, "ttyUSB0". Returns how long the adapter holds bytes all the
/// same; zero where it does not, or has no such timer.
std::chrono::milliseconds ask_for_low_latency(const PortControl& control, const std::string& name,
                                              const std::string& usb_serial = kUsbSerialDevices);
/// For a person, with the remedy.
std::string describe_holding(const std::string& device, std::chrono::milliseconds held);

/// Has the driver switch the direction of a two-wire line: RTS on while sending, unless the system has set it
/// up otherwise. The error says that the driver cannot.
Result<void> turn_on_rs485(const PortControl& control, const std::string& device);

}  // namespace submeter::io
