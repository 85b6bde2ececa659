package backup

import (
	"archive/tar"
	"errors"
	"io"
	"testing"
	"time"
)

// fullAfter takes so many bytes, as a disk does that is full then.
type fullAfter struct{ left int }

var errFull = errors.New("it is full")

func (f *fullAfter) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWhatIsPackedIsWholeAndInItsOrder(t *testing.T) {
	read, w := io.Pipe()
	p := newPress(tar.NewWriter(w), time.Unix(0, 0))
	const n = 4 * pieces
	go func() {
		content := make([]byte, 0, pieceSize)
		var err error
		for i := range n {
			content = append(content, byte(i), byte(i))
			if content, err = p.take(piece{pieceName("x", i), content}); err != nil {
				break
			}
		}
		w.CloseWithError(errors.Join(err, p.end(), p.tar.Close()))
	}()
	in := tar.NewReader(read)
	for i := range n {
		h, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(in)
		if err != nil || h.Name != pieceName("x", i) || len(got) != 2 || got[0] != byte(i) || got[1] != byte(i) {
			t.Errorf("piece %d is %q with %v, %v", i, h.Name, got, err)
		}
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last one comes %v", err)
	}
}

func TestWhatCannotBePackedIsSaidSoonAndAtTheEnd(t *testing.T) {
	p := newPress(tar.NewWriter(&fullAfter{10 << 10}), time.Unix(0, 0))
	content, tries := make([]byte, 0, pieceSize), 0
	for ; tries < 4*pieces; tries++ {
		next, err := p.take(piece{"x", append(content, make([]byte, 4<<10)...)})
		if errors.Is(err, errFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content = next
	}
	if tries > 2+pieces { // two fit, and as many may be under way as there are pieces
		t.Errorf("it was told after %d more pieces", tries)
	}
	if _, err := p.take(piece{"x", nil}); !errors.Is(err, errFull) {
		t.Errorf("the next piece is taken: %v", err)
	}
	for range 2 {
		if err := p.end(); !errors.Is(err, errFull) {
			t.Errorf("at the end it says %v", err)
		}
	}
}
