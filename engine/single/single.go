// Package single keeps Berth to one running program for each folder of settings. Whoever comes second hands over what it was
// asked for to the first, and ends.
//
// A lock of the operating system says who is first: it goes with its program, whatever way that ends, so there is no stale one. A
// local socket beside it, in a folder that only this user can enter, takes what the second was asked for.
package single

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"berth/engine/fault"
)

// Ask is what a launch was asked for.
type Ask struct {
	Start  bool `json:"start,omitempty"`  // the default sandbox
	Hidden bool `json:"hidden,omitempty"` // the window stays where it is
}

// The bounds of a conversation: the first answers at once, or hangs.
const (
	patience = 3 * time.Second
	pause    = 50 * time.Millisecond
	maxAsk   = 4 << 10
)

// answer ends a conversation that went well.
const answer = "done\n"

// First is the one running program.
type First struct {
	lock     *flock.Flock
	listener net.Listener // nil when the socket could not be made
	talking  sync.WaitGroup
	end      context.CancelFunc

	// Note says why a second launch cannot reach this one; "" when it can.
	Note string
}

// Claim makes this program the first in that folder, which is made where it is missing; then heard is called with what later
// launches are asked for, each on a goroutine of its own, and says whether it can be done. Where another one is first, it is
// given ask, and first is nil.
//
// The folder has to be this user's alone: Claim takes everybody else's rights away, and fails in one that is another user's. One
// that is the first and does not answer is a fault.Timeout.
func Claim(dir string, ask Ask, heard func(Ask) bool) (first *First, err error) {
	op := "start Berth"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.From(op, err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder is entered by its owner
		return nil, fault.From(op, err)
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	socket := filepath.Join(dir, "socket")
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		ours, err := lock.TryLock()
		switch {
		case err != nil:
			return nil, fault.From(op, fmt.Errorf("lock %s: %w", lock.Path(), err))
		case ours:
			return begin(lock, socket, heard), nil
		}
		// The first may have the lock and not the socket yet, or may be about to end.
		err = tell(socket, ask, deadline)
		if err == nil {
			return nil, lock.Close()
		}
		if time.Now().After(deadline) {
			_ = lock.Close()
			return nil, &fault.Error{
				Kind: fault.Timeout, Op: "start Berth", Why: "the Berth that runs already does not answer", Err: err,
				Remedy: "Look whether its window or its icon in the tray is there. If not, end the process berth, then start it again.",
			}
		}
	}
}

func begin(lock *flock.Flock, socket string, heard func(Ask) bool) *First {
	ctx, end := context.WithCancel(context.Background())
	first := &First{lock: lock, end: end}
	var err error
	if first.listener, err = listen(socket); err != nil {
		first.Note = fmt.Sprintf("A second start of Berth cannot show this window: %v.", err)
		return first
	}
	first.talking.Go(func() { first.serve(ctx, heard) })
	return first
}

// listen makes the socket. What is left of one whose program died is removed: its owner would have the lock. Anything else of
// that name is not Berth's, and stays.
func listen(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != os.ModeSocket {
			return nil, fmt.Errorf("%s is something else", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	return net.Listen("unix", path)
}

// Close lets another program be the first.
func (f *First) Close() {
	f.end()
	if f.listener != nil {
		_ = f.listener.Close() // removes the socket
	}
	f.talking.Wait()
	_ = f.lock.Unlock()
}

func (f *First) serve(ctx context.Context, heard func(Ask) bool) {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		f.talking.Go(func() {
			defer func() { _ = conn.Close() }()
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			_ = conn.SetDeadline(time.Now().Add(patience))
			if ask, err := read(conn); err == nil && heard(ask) {
				_, _ = io.WriteString(conn, answer)
			}
		})
	}
}

// read reads one ask, of maxAsk bytes at most. Whatever else is said, by whomever, is an error, and what is said behind it is nobody's.
func read(r io.Reader) (Ask, error) {
	var ask Ask
	line, err := bufio.NewReader(io.LimitReader(r, maxAsk)).ReadBytes('\n')
	if err != nil {
		return ask, err
	}
	err = json.Unmarshal(line, &ask)
	return ask, err
}

// tell gives an ask to the first.
func tell(socket string, ask Ask, deadline time.Time) error {
	conn, err := net.DialTimeout("unix", socket, time.Until(deadline))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(deadline)
	line, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return err
	}
	return answered(conn)
}

// answered reads the answer of the first. Another one, of whatever has the socket, is an error.
func answered(r io.Reader) error {
	got := make([]byte, len(answer))
	if _, err := io.ReadFull(r, got); err != nil {
		return err
	}
	if string(got) != answer {
		return errors.New("another program answers")
	}
	return nil
}
