package engine

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// foreign reports whether a connection to this computer's loopback was opened by another user of it. Its other end is a socket of
// this computer too, and the kernel says whose. An end that is not found is nobody's to refuse: one behind a forwarder, as WSL's.
func foreign(from, to netip.AddrPort) bool {
	// A program may reach an IPv4 address through a socket of IPv6.
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		file, err := os.Open(table) //nolint:gosec // one of two constants
		if err != nil {
			continue
		}
		uid, ok := ownerOf(file, from, to)
		_ = file.Close()
		if ok {
			return uid != os.Getuid() && uid != 0 // root reads whatever it likes anyway
		}
	}
	return false
}

// ownerOf finds the user of the socket at local that is connected to remote in a table of the kernel's, as proc_pid_net(5) has it.
func ownerOf(table io.Reader, local, remote netip.AddrPort) (uid int, ok bool) {
	for lines := bufio.NewScanner(table); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 8 {
			continue
		}
		if at, ok := kernelAddr(words[1]); !ok || at != local {
			continue
		}
		if at, ok := kernelAddr(words[2]); !ok || at != remote {
			continue
		}
		uid, err := strconv.Atoi(words[7])
		return uid, err == nil
	}
	return 0, false
}

// kernelAddr reads "0100007F:1F90": words of four bytes in the computer's own order, and the port as a number.
func kernelAddr(text string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := raw; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), ok
}
