package leak

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// leaves names, in a process that is a test of this package, what it shall leave behind.
const leaves = "BERTH_TEST_LEAVES"

func TestMain(m *testing.M) {
	if os.Getenv(leaves) != "" {
		patience = 200 * time.Millisecond
	}
	Main(m)
}

// left keeps what was left from being collected.
var left any

// TestLeavesWhatItIsTold is the test of that process, and does nothing otherwise.
func TestLeavesWhatItIsTold(t *testing.T) {
	var err error
	switch os.Getenv(leaves) {
	case "a goroutine":
		go func() { select {} }()
	case "a file":
		left, err = os.Open(os.Args[0])
	case "a socket":
		left, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	case "a pipe":
		var w *os.File
		r, pipe, failed := os.Pipe()
		_ = r.Close()
		w, err = pipe, failed
		left = w
	case "a failure":
		t.Error("told to fail")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPackageThatLeavesSomethingFailsAndSaysWhat(t *testing.T) {
	for what, want := range map[string]string{
		"nothing":     "PASS",
		"a failure":   "told to fail",
		"a goroutine": "leak: goroutines are left: ",
		"a file":      "leak: these are left open:\n\tfile " + os.Args[0],
		"a socket":    "leak: these are left open:\n\tsocket socket:[",
		"a pipe":      "leak: these are left open:\n\tpipe pipe:[",
	} {
		t.Run(what, func(t *testing.T) {
			if runtime.GOOS != "linux" && strings.Contains(want, "open") {
				t.Skip("what is open is counted on Linux")
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeavesWhatItIsTold$")
			cmd.Env = append(os.Environ(), leaves+"="+what)
			out, err := cmd.CombinedOutput()
			if (err == nil) != (what == "nothing") || !strings.Contains(string(out), want) {
				t.Errorf("it ends with %v and says\n%s", err, out)
			}
		})
	}
}

func TestWhatWasOpenBeforeMayStay(t *testing.T) {
	before := map[string][]string{"file": {"/a", "/b"}, "socket": {"socket:[1]"}}
	now := map[string][]string{"file": {"/a", "/c", "/a"}, "socket": {"socket:[2]"}}
	if got := beyond(before, now); strings.Join(got, ",") != "file /a,file /c" {
		t.Errorf("beyond what was open are %q", got)
	}
}

// A package of the engine whose tests do not end here could leave what it likes.
func TestEveryPackageOfTheEngineLooks(t *testing.T) {
	looks := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		dir := filepath.Dir(path)
		looks[dir] = looks[dir] || strings.Contains(string(text), "leak.Main(m")
		return err
	})
	if err != nil || len(looks) < 20 {
		t.Fatalf("%d packages have tests, %v", len(looks), err)
	}
	delete(looks, filepath.Join("..", "..", "enginetest", "leak")) // here it is called by another name
	for dir, is := range looks {
		if !is {
			t.Errorf("TestMain of %s does not call leak.Main", dir)
		}
	}
}
