package backup

import (
	"archive/tar"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"testing/iotest"

	"berth/engine/fault"
)

// A share that goes away says nothing of what is in the file.
func TestAFileOfWhichTheSystemGivesNoMoreIsNotCalledDamaged(t *testing.T) {
	path := write(t, someTar(t, tar.Header{Name: "./a", Size: 100_000}), noise(pieceSize+500_000))
	for _, c := range []struct {
		why, want string
		err       error
	}{
		{"the share is gone", "what " + filepath.Dir(path) + " is on does not answer any more", syscall.ENOTCONN},
		{"no more is given", "operation not permitted", syscall.EPERM},
	} {
		if runtime.GOOS == "windows" && errors.Is(c.err, syscall.ENOTCONN) {
			continue // it has other errors for it
		}
		for _, left := range []int64{0, 1 << 20, 10} {
			r, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			n := left
			if left == 10 { // only the very end is missing
				n = r.Size - r.read.n - left
			}
			r.read.from = io.MultiReader(io.LimitReader(r.file, n), iotest.ErrReader(c.err))
			err = r.Each(t.Context(), nil, func(_ Part, tape io.Reader) error {
				_, err := io.Copy(io.Discard, tape)
				return err
			})
			r.Close()
			if f := fault.From("", err); !errors.Is(err, c.err) || f.Cause() != c.want || f.Action != fault.Retry {
				t.Errorf("%s after %d bytes: %v, %q", c.why, n, err, f)
			}
		}
	}
}
