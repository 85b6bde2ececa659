package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
)

// The test's own program is the one that crashes: this says how, and where.
const (
	howEnv = "BERTH_TEST_CRASH"
	dirEnv = "BERTH_TEST_CRASH_DIR"
)

const about = "Berth 1.2.3 (abc), a test"

func TestMain(m *testing.M) {
	if how := os.Getenv(howEnv); how != "" {
		crashBy(how)
		return
	}
	leak.Main(m)
}

// crashBy runs a program that is watched and ends it in some way.
func crashBy(how string) {
	book, err := Watch(os.Getenv(dirEnv), about)
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	switch how {
	case "order":
		book.Close()
	case "panic":
		panic(errors.New("cannot reach https://jo:hunter2@host/ with a secret argument"))
	case "window": // as main does, on whose goroutine the window runs
		defer book.Close()
		var none *Book
		_ = none.path()
	case "goroutine":
		go func() { panic("in a goroutine") }()
		select {}
	case "fatal": // which no recover catches
		shared := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					shared[i&7] = i
				}
			}()
		}
		select {}
	case "wait":
		fmt.Println("waits")
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
	}
}

func start(t *testing.T, dir, how string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), howEnv+"="+how, dirEnv+"="+dir)
	return cmd
}

// end runs such a program to its end.
func end(t *testing.T, dir, how string) {
	t.Helper()
	out, err := start(t, dir, how).CombinedOutput()
	if ok := err == nil; ok != (how == "order") {
		t.Fatalf("%s: %v\n%s", how, err, out)
	}
}

// waiting starts a program that runs until it is killed.
func waiting(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := start(t, dir, "wait")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// next is the next start.
func next(t *testing.T, dir string) *Book {
	t.Helper()
	book, err := Watch(dir, about)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(book.Close)
	return book
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestACrashIsThereForTheNextStart(t *testing.T) {
	for how, want := range map[string]string{
		"panic": "cannot reach", "goroutine": "in a goroutine", "fatal": "fatal(", "window": "nil pointer dereference",
	} {
		t.Run(how, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "crashes")
			before := time.Now().Add(-time.Minute)
			end(t, dir, how)
			unseen := next(t, dir).Unseen()
			if len(unseen) != 1 {
				t.Fatalf("there are %v, of the files %v", unseen, files(t, dir))
			}
			text, err := unseen[0].Text()
			if err != nil || !strings.HasPrefix(text, about+"\n\n") || !strings.Contains(text, "goroutine ") || !strings.Contains(text, "crashBy(") || !strings.Contains(text, want) {
				t.Errorf("it says %q, %v", text, err)
			}
			if !strings.Contains(unseen[0].Why, want) || unseen[0].At.Before(before) {
				t.Errorf("it is %+v", unseen[0])
			}
			if strings.Contains(text+unseen[0].Why, "hunter2") {
				t.Error("it holds what the error quoted")
			}
			if info, err := os.Stat(unseen[0].Path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
				t.Errorf("the file is %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestWhatWasSeenIsNeverShownAgainAndThreeAreKept(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		end(t, dir, "panic")
	}
	book := next(t, dir)
	unseen := book.Unseen()
	if len(unseen) != 2 || unseen[0].At.Before(unseen[1].At) {
		t.Fatalf("unseen are %v", unseen)
	}
	if err := book.Seen(); err != nil {
		t.Fatal(err)
	}
	if left := book.Unseen(); len(left) != 0 {
		t.Errorf("still unseen: %v", left)
	}
	if text, err := unseen[0].Text(); err != nil || !strings.Contains(text, "goroutine") {
		t.Errorf("what was seen cannot be read any more: %q, %v", text, err)
	}
	book.Close()
	for range 3 {
		end(t, dir, "goroutine")
	}
	again := next(t, dir)
	if got := again.Unseen(); len(got) != 3 {
		t.Errorf("unseen are %v", got)
	}
	if err := again.Seen(); err != nil {
		t.Fatal(err)
	}
	all := again.All()
	if len(all) != kept {
		t.Fatalf("kept are %v", all)
	}
	for _, c := range all {
		if !strings.Contains(c.Why, "in a goroutine") {
			t.Errorf("an older one was kept: %v", c)
		}
	}
}

func TestACrashLoopDoesNotFillTheDisk(t *testing.T) {
	dir := t.TempDir()
	for range kept + 3 {
		end(t, dir, "panic")
	}
	if got := len(next(t, dir).Unseen()); got != kept {
		t.Errorf("%d are left", got)
	}
}

func TestAnEndInOrderLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	end(t, dir, "order")
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("it left %v", got)
	}
}

func TestOneThatWasKilledLeavesNothingToShow(t *testing.T) {
	dir := t.TempDir()
	cmd := waiting(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if len(files(t, dir)) == 0 {
		t.Fatal("it was not watched at all")
	}
	book := next(t, dir)
	if got := book.All(); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
	book.Close()
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("left are %v", got)
	}
}

func TestTheFileOfOneThatRunsIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	first := waiting(t, dir)
	second := next(t, dir) // when nothing could say that the first runs
	if got := second.All(); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
	second.Close()
	if err := first.Process.Signal(os.Kill); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("the first one's files are %v", got)
	}
}

func TestAFolderThatCannotBeMadeIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Watch(filepath.Join(file, "crashes"), about); err == nil {
		t.Error("it was taken")
	}
}
