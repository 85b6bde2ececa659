package applog

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
)

// lumberjack starts one goroutine a logger that removes old files, and never ends it.
func TestMain(m *testing.M) { leak.Main(m, "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun") }

func TestTheLogIsTurnedOverAndItsFilesStayFew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "berth")
	path := filepath.Join(dir, "berth.log")
	log, err := open(path, 1) // MB, so that the test is done soon
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("words of a line that says something. ", 800) // about 30 kB
	const files = maxOlder + 2
	for i := range files * 1024 * 1024 / len(line) {
		log.Info("line", "n", i, "text", line)
	}
	log.Info("the last line")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var names []string
	for { // the oldest go in the background
		names = nil
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if len(names) == maxOlder+1 {
			break
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("there are %d files, want %d: %v", len(names), maxOlder+1, names)
		}
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 1<<20 {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", name, info.Mode())
		}
	}
	lines, err := Tail(path, 1)
	if err != nil || len(lines) != 1 || !strings.Contains(lines[0], "the last line") {
		t.Errorf("the newest line is %q, %v", lines, err)
	}
}

func TestALogThatOthersCouldReadIsThisUsersAloneFromNowOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes; a profile folder is its user's alone")
	}
	dir := filepath.Join(t.TempDir(), "berth")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "berth.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("now", "url", "https://jo:hunter2@host/")
	log.Debug("nobody wants to know")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, %v", name, info.Mode(), err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); !strings.HasPrefix(got, "before\n") || !strings.Contains(got, "level=INFO msg=now url=https://***@host/") || strings.Contains(got, "nobody") {
		t.Errorf("the log is %q", got)
	}
}

func TestAFolderThatCannotBeWrittenToIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "berth.log")); err == nil || !strings.Contains(err.Error(), "open the app log") {
		t.Errorf("got %v", err)
	}
}

func TestTheTailIsWholeLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if lines, err := Tail(path, 10); err != nil || lines != nil {
		t.Errorf("of a log that is not there: %q, %v", lines, err)
	}
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, err := Tail(path, 2); err != nil || strings.Join(lines, ",") != "line 19998,line 19999" {
		t.Errorf("got %q, %v", lines, err)
	}
	lines, err := Tail(path, 1_000_000)
	if err != nil || len(lines) < 1000 || len(lines) > 10_000 || !strings.HasPrefix(lines[0], "line ") || len(lines[0]) != len("line 12345") {
		t.Errorf("%d lines from %q, %v", len(lines), lines[0], err)
	}
}

func TestALineOfTheLogCannotAct(t *testing.T) {
	path := filepath.Join(t.TempDir(), "berth", "berth.log")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Info("it said \x1b[2J\nlevel=ERROR msg=forged", "err", "a\x07\u202eb\r\nlevel=ERROR msg=forged")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != 1 || strings.ContainsAny(string(text), "\x1b\x07\r\u202e") {
		t.Errorf("the log is %q, %v", text, err)
	}
}
