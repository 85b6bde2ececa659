package backup

import (
	"os"
	"sync"
)

// aheadEvery is after how many bytes what was written is brought to the disk.
const aheadEvery = 64 << 20

// ahead writes a file and has it brought to the disk while it grows. A gigabyte that the system keeps for later would have to be
// waited for at the end, when there is nothing else to do meanwhile.
type ahead struct {
	file *os.File
	n    int64         // bytes since the last time
	kick chan struct{} // capacity 1: bring it to the disk
	done chan error    // capacity 1: why that failed, once there is no more of it
	once sync.Once
	err  error
}

func newAhead(file *os.File) *ahead {
	a := &ahead{file: file, kick: make(chan struct{}, 1), done: make(chan error, 1)}
	go func() {
		var failed error
		for range a.kick {
			if err := file.Sync(); failed == nil {
				failed = err // the system tells it only once
			}
		}
		a.done <- failed
	}()
	return a
}

func (a *ahead) Write(p []byte) (int, error) {
	n, err := a.file.Write(p)
	if a.n += int64(n); a.n >= aheadEvery {
		a.n = 0
		select {
		case a.kick <- struct{}{}:
		default: // it is at it
		}
	}
	return n, err
}

// end waits for it and tells why it failed. It can be called again.
func (a *ahead) end() error {
	a.once.Do(func() {
		close(a.kick)
		a.err = <-a.done
	})
	return a.err
}
