package config_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/engine/config"
	"berth/engine/enginetest/leak"
)

// saves is set in the process that TestASaveThatIsKilledLeavesTheOldOrTheNewFile kills; it names the folder.
const saves = "BERTH_TEST_SAVES"

// saveForEver saves settings again and again, and says so after the first.
func saveForEver(dir string) {
	s, err := config.Open(dir)
	if err != nil {
		panic(err)
	}
	for n := 0; ; n++ {
		now := s.Settings()
		now.Sandbox.Port = 4096 + n%1000
		now.Image.References = []string{"r.test/" + strings.Repeat("x", n%2000+1) + ":1"} // files of many sizes
		if err := s.Save(now); err != nil {
			panic(err)
		}
		if n == 0 {
			_, _ = os.Stdout.WriteString("saved\n")
		}
	}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(saves); dir != "" {
		saveForEver(dir)
	}
	leak.Main(m)
}

func TestASaveThatIsKilledLeavesTheOldOrTheNewFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.json")
	left := false
	for round := range 20 {
		cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // itself
		cmd.Env = append(os.Environ(), saves+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "saved\n" {
			t.Fatalf("it says %q, %v", line, err)
		}
		at := time.NewTimer(time.Duration(round) * 700 * time.Microsecond) // at whatever it is then
		<-at.C
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed

		text, err := os.ReadFile(path)
		if err != nil || !json.Valid(text) {
			t.Fatalf("after %d kills the file says %q, %v", round+1, text, err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		left = left || len(files) > 1
		s, err := config.Open(dir)
		if err != nil || len(s.Notes()) != 0 || s.Settings().Sandbox.Port < 4096 {
			t.Fatalf("it is opened with %v and %q", err, s.Notes())
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("after it was opened again there are %v, %v", files, err)
		}
	}
	t.Logf("a half-written file was left at least once: %v", left)
}
