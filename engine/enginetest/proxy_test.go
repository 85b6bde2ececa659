package enginetest

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestNothingPassesAStalledProxyAndNothingIsLost(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = echo.Close() })
	heard := make(chan byte, 10)
	go func() {
		conn, err := echo.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		for one := make([]byte, 1); ; {
			if _, err := conn.Read(one); err != nil {
				close(heard)
				return
			}
			heard <- one[0]
			_, _ = conn.Write(one)
		}
	}()
	p := Proxy(t, "tcp", echo.Addr().String())
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	comes := func(want byte) {
		t.Helper()
		one := make([]byte, 1)
		if _, err := io.ReadFull(conn, one); err != nil || one[0] != want {
			t.Fatalf("%q comes, %v", one, err)
		}
	}
	_, _ = conn.Write([]byte("a"))
	comes('a')
	<-heard
	p.Stall(true)
	_, _ = conn.Write([]byte("b"))
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("in a stall a read ends with %v", err)
	}
	select {
	case one := <-heard:
		t.Errorf("in a stall %q passes", one)
	default:
	}
	p.Stall(false)
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	comes('b')
	_ = conn.Close()
	<-heard // b
	if _, open := <-heard; open {
		t.Error("the end does not pass")
	}
}
