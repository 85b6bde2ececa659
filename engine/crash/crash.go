// Package crash keeps what Go says when the program dies of itself, so that the next start can show it.
//
// Each run has a file that the Go runtime writes its last words to: a panic that nobody caught, a fatal error of the runtime, a
// signal such as SIGSEGV in Go or in C code, or SIGABRT and SIGQUIT from outside. A run that ends in order removes its file; one
// that is killed leaves it without last words, and the next start removes that.
//
// Such a file holds no secret that Berth keeps: a stack is printed with its arguments as numbers and addresses, never with what is
// in a string, and nothing of the environment or the memory is in it. Only the value of the panic itself is text, and an error
// may quote something; so the text is masked whenever it is read here, and the file is its user's alone.
package crash

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"berth/engine/fault"
	"berth/engine/mask"
)

const (
	// kept is how many crashes are kept.
	kept = 3
	// mostRead bounds what is read of one: a program with thousands of goroutines says a lot.
	mostRead = 1 << 20

	fresh = ".new" // what nobody was shown yet
	seen  = ".txt"
	guard = ".lock" // beside a fresh file while its program runs
)

// Book is the crashes of the programs on one folder of settings, and the file that the present one would leave.
type Book struct {
	dir  string
	name string // of the present run's file without its ending
	lock *flock.Flock
}

// Crash is what one run left.
type Crash struct {
	Path string
	At   time.Time // when it ended
	Why  string    // its first words, masked: "SIGABRT: abort"
}

// Watch makes the Go runtime write the end of this program into a file in that folder, which begins with about, a line that says
// which program it was. The folder has to be that of this program's settings alone; other programs on the same are told apart.
func Watch(dir, about string) (*Book, error) {
	const op = "prepare for a crash report"
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // Berth's own folder
		return nil, fault.From(op, err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder is entered by its owner
		return nil, fault.From(op, err)
	}
	b := &Book{dir: dir, name: fmt.Sprintf("crash-%s-%d", time.Now().UTC().Format("20060102-150405"), os.Getpid())}
	b.sweep()
	// The lock goes with its program, whatever way that ends, so it tells the file of one that runs from what is left.
	b.lock = flock.New(filepath.Join(dir, b.name+guard), flock.SetPermissions(0o600))
	if ours, err := b.lock.TryLock(); err != nil || !ours {
		return nil, fault.From(op, cmp.Or(err, errors.New("the lock of its file is taken")))
	}
	if err := b.begin(about); err != nil {
		_ = b.lock.Close()
		_ = os.Remove(b.lock.Path()) //nolint:gosec // Berth's own folder
		return nil, fault.From(op, err)
	}
	return b, nil
}

// begin hands the file to the runtime, which keeps a descriptor of its own.
func (b *Book) begin(about string) error {
	file, err := os.OpenFile(b.path(), os.O_APPEND|os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(strings.ReplaceAll(about, "\n", " ") + "\n\n"); err != nil {
		return err
	}
	debug.SetTraceback("all") // without it a panic tells of its own goroutine alone
	return debug.SetCrashOutput(file, debug.CrashOptions{})
}

func (b *Book) path() string { return filepath.Join(b.dir, b.name+fresh) }

// Close ends the watch, as the program ends in order, and removes its file. Deferred, it tells a panic from such an end and leaves
// the file: the runtime writes what happened only once every deferred call has run.
func (b *Book) Close() {
	if died := recover(); died != nil {
		panic(died)
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{}) // only a file can be refused
	if words, _ := lastWords(b.path(), 1); len(words) == 0 {
		_ = os.Remove(b.path()) //nolint:gosec // Berth's own folder
	}
	_ = b.lock.Close()
	_ = os.Remove(b.lock.Path()) //nolint:gosec // Berth's own folder
}

// Unseen are the crashes that nobody was shown yet, the newest first.
func (b *Book) Unseen() []Crash { return b.list(fresh) }

// All are the crashes that are kept, the newest first.
func (b *Book) All() []Crash {
	all := append(b.list(fresh), b.list(seen)...)
	slices.SortFunc(all, func(a, c Crash) int { return c.At.Compare(a.At) })
	return all
}

// Seen notes that the person was told of all crashes so far: none of them is ever unseen again. They stay to be read, the newest
// three of them.
func (b *Book) Seen() error {
	var errs []error
	for _, c := range b.Unseen() {
		errs = append(errs, os.Rename(c.Path, strings.TrimSuffix(c.Path, fresh)+seen))
	}
	for _, c := range b.list(seen)[min(kept, len(b.list(seen))):] {
		errs = append(errs, os.Remove(c.Path))
	}
	return errors.Join(errs...)
}

// Text is all of a crash's file, masked. It is found also when the crash was seen since it was listed.
func (c Crash) Text() (string, error) {
	text, err := read(c.Path, mostRead)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = read(strings.TrimSuffix(c.Path, fresh)+seen, mostRead)
	}
	if err != nil {
		return "", fault.From("read the crash report", err)
	}
	return mask.Text(string(text)), nil
}

// sweep removes what a program left that was killed, and keeps fresh crashes few: a program that dies at each start would fill
// the disk otherwise.
func (b *Book) sweep() {
	for _, path := range b.files(fresh) {
		if words, err := lastWords(path, 1); err == nil && len(words) == 0 && !b.runs(path) {
			_ = os.Remove(path)
		}
	}
	for _, path := range b.files(guard) {
		lock := flock.New(path)
		if free, err := lock.TryLock(); err == nil && free {
			_ = os.Remove(path)
			_ = lock.Close()
		}
	}
	if unseen := b.Unseen(); len(unseen) > kept {
		for _, c := range unseen[kept:] {
			_ = os.Remove(c.Path)
		}
	}
}

// runs reports whether the program of a fresh file still runs.
func (b *Book) runs(path string) bool {
	guarded := strings.TrimSuffix(path, fresh) + guard
	if _, err := os.Stat(guarded); err != nil {
		return false
	}
	lock := flock.New(guarded)
	free, err := lock.TryLock()
	_ = lock.Close()
	return err != nil || !free
}

// list reads the crashes whose files end so, the newest first.
func (b *Book) list(ending string) []Crash {
	var all []Crash
	for _, path := range b.files(ending) {
		info, err := os.Stat(path)
		if err != nil || path == b.path() {
			continue
		}
		words, err := lastWords(path, 4096)
		if err != nil || len(words) == 0 || ending == fresh && b.runs(path) { // it dies just now
			continue
		}
		all = append(all, Crash{Path: path, At: info.ModTime(), Why: mask.Text(reason(string(words)))})
	}
	slices.SortFunc(all, func(a, c Crash) int { return c.At.Compare(a.At) })
	return all
}

// reason is the first of the last words that says something: of some fatal errors the runtime writes only where they were met.
func reason(words string) string {
	first, rest, _ := strings.Cut(words, "\n")
	if strings.HasPrefix(first, "goroutine ") {
		first, _, _ = strings.Cut(rest, "\n")
	}
	return first
}

func (b *Book) files(ending string) []string {
	paths, _ := filepath.Glob(filepath.Join(b.dir, "crash-*"+ending)) // fails only for a bad pattern
	return paths
}

// lastWords is what the runtime wrote behind the line that says which program it was, up to about most bytes.
func lastWords(path string, most int64) ([]byte, error) {
	text, err := read(path, most+4096)
	if err != nil {
		return nil, err
	}
	_, words, _ := bytes.Cut(text, []byte("\n\n"))
	return bytes.TrimSpace(words), nil
}

func read(path string, most int64) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // Berth's own folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, most))
}
