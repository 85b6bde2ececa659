package single

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "one") // short: a socket's path has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "berth")
}

func claim(t *testing.T, dir string, heard func(Ask) bool) *First {
	t.Helper()
	first, err := Claim(dir, Ask{}, heard)
	if err != nil || first == nil {
		t.Fatalf("it is not the first: %v", err)
	}
	t.Cleanup(first.Close)
	return first
}

func TestTheSecondHandsOverWhatItWasAskedFor(t *testing.T) {
	dir := folder(t)
	heard := make(chan Ask, 2)
	first := claim(t, dir, func(a Ask) bool { heard <- a; return true })
	for _, ask := range []Ask{{}, {Start: true, Hidden: true}} {
		second, err := Claim(dir, ask, nil)
		if second != nil || err != nil {
			t.Fatalf("there are two, or %v", err)
		}
		if got := <-heard; got != ask {
			t.Errorf("heard %+v, not %+v", got, ask)
		}
	}
	if first.Note != "" {
		t.Errorf("it says %q", first.Note)
	}
	for _, name := range []string{".", "lock", "socket"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); name != "socket" && mode&0o077 != 0 { // nobody else gets to the socket through the folder
			t.Errorf("%s has the mode %o", name, mode)
		}
	}
	first.Close()
	claim(t, dir, nil)
}

func TestWhatADeadOneLeftIsNoObstacle(t *testing.T) {
	dir := folder(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lock"), []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	heard := make(chan Ask, 1)
	claim(t, dir, func(a Ask) bool { heard <- a; return true })
	if _, err := Claim(dir, Ask{Start: true}, nil); err != nil || !(<-heard).Start {
		t.Errorf("the second: %v", err)
	}
}

func TestASocketThatIsSomethingElseIsSaidAndLeftAlone(t *testing.T) {
	dir := folder(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "socket")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := claim(t, dir, nil)
	if !strings.Contains(first.Note, path) {
		t.Errorf("it says %q", first.Note)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("the file says %q, %v", text, err)
	}
	if _, err := Claim(dir, Ask{}, nil); !errors.Is(err, fault.Timeout) {
		t.Errorf("the second: %v", err)
	}
}

func TestAFolderThatCannotBeMadeIsNoAnswerOfAnotherOne(t *testing.T) {
	dir := folder(t)
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if first, err := Claim(filepath.Join(dir, "run"), Ask{}, nil); first != nil || err == nil || errors.Is(err, fault.Timeout) {
		t.Errorf("%v, %v", first, err)
	}
}

func TestOneThatDoesNotAnswerIsSaid(t *testing.T) {
	dir := folder(t)
	first := claim(t, dir, nil)
	_ = first.listener.Close()
	// Another program's socket, that says something else and keeps the line open.
	squatter, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = squatter.Close() })
	said := make(chan struct{})
	go func() {
		defer close(said)
		for {
			conn, err := squatter.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("hello, stranger\n"))
			_, _ = conn.Read(make([]byte, 100))
			_ = conn.Close()
		}
	}()
	began := time.Now()
	if _, err := Claim(dir, Ask{}, nil); !errors.Is(err, fault.Timeout) || !strings.Contains(fault.From("", err).Remedy, "end the process") {
		t.Errorf("it ends with %v", err)
	}
	if took := time.Since(began); took > 2*patience {
		t.Errorf("it took %v", took)
	}
	_ = squatter.Close()
	<-said
}

func TestOneThatIsAboutToEndIsWaitedFor(t *testing.T) {
	dir := folder(t)
	asked := make(chan struct{}, 100)
	first := claim(t, dir, func(Ask) bool { asked <- struct{}{}; return false })
	go func() {
		<-asked
		first.Close()
	}()
	claim(t, dir, nil)
}

func TestWhatIsNoAskIsNotHeard(t *testing.T) {
	dir := folder(t)
	claim(t, dir, func(a Ask) bool { t.Errorf("heard %+v", a); return true })
	for _, text := range []string{"\n", "GET / HTTP/1.1\r\n\r\n", "[1]\n", strings.Repeat("x", 2*maxAsk) + "\n"} {
		conn, err := net.Dial("unix", filepath.Join(dir, "socket"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := conn.Read(make([]byte, 10)); n > 0 || err == nil {
			t.Errorf("%.20q is answered", text)
		}
		_ = conn.Close()
	}
}

func FuzzWhatIsSaidToTheSocket(f *testing.F) {
	f.Add(`{"start":true}`+"\n", true, false)
	f.Add("GET / HTTP/1.1\r\n", false, true)
	f.Add(strings.Repeat(" ", maxAsk)+"{}\n", true, true)
	f.Fuzz(func(t *testing.T, text string, start, hidden bool) {
		in := strings.NewReader(text)
		ask, err := read(in)
		if len(text)-in.Len() > maxAsk {
			t.Errorf("of %d bytes it reads %d", len(text), len(text)-in.Len())
		}
		line, behind, ended := strings.Cut(text, "\n")
		if err == nil && (!ended || len(line) >= maxAsk) {
			t.Errorf("a line of %d bytes is %+v", len(line), ask)
		}
		if alone, err2 := read(strings.NewReader(line + "\n")); ended && (alone != ask || (err == nil) != (err2 == nil)) {
			t.Errorf("%q is %+v, %v, and with %q behind it %+v, %v", line, alone, err2, behind, ask, err)
		}
		want := Ask{Start: start, Hidden: hidden}
		said, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(strings.NewReader(string(said) + "\n" + text)); err != nil || got != want {
			t.Errorf("%s and %q is %+v, %v", said, text, got, err)
		}
	})
}

func FuzzAnswerOfTheSocket(f *testing.F) {
	f.Add(answer)
	f.Add("hello, stranger\n")
	f.Fuzz(func(t *testing.T, text string) {
		in := strings.NewReader(text)
		if err := answered(in); (err == nil) != strings.HasPrefix(text, answer) || len(text)-in.Len() > len(answer) {
			t.Errorf("%q is taken for %v, of which it read %d bytes", text, err, len(text)-in.Len())
		}
	})
}
