package logs

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// maxText is the longest text of a line: each byte may be shown as four.
const maxText = 4*maxLine + cutRoom

// inOneAndInBytes decodes a stream at once and byte by byte, which must give the same lines, and lines they must be.
func inOneAndInBytes(t *testing.T, in []byte, read func(d *decoder, in io.Reader) error, loose bool) (lines []string, err error) {
	t.Helper()
	whole, lines1 := collector(loose)
	pieces, lines2 := collector(loose)
	err = read(whole, bytes.NewReader(in))
	if err2 := read(pieces, iotest.OneByteReader(bytes.NewReader(in))); err == nil || err2 == nil || err.Error() != err2.Error() {
		t.Errorf("it ends with %v, and in pieces with %v", err, err2)
	}
	if diff := cmp.Diff(*lines1, *lines2); diff != "" {
		t.Errorf("in pieces it is something else:\n%s", diff)
	}
	for _, line := range *lines1 {
		if !utf8.ValidString(line) || strings.ContainsRune(line, '\n') || len(line) > maxText+100 {
			t.Errorf("a line of %d bytes: %.60q", len(line), line)
		}
		if shown := Shown(line); strings.ContainsFunc(shown, Acts) {
			t.Errorf("%q is shown as %q", line, shown)
		}
	}
	return *lines1, err
}

func FuzzMultiplexedLog(f *testing.F) {
	f.Add([]byte(frame(1, t1+"a\n")+frame(2, s1+"\xff\x1b[31mb\r\n")), false, true)
	f.Add([]byte(frame(3, "gone")+"\x01\x00"), false, false)
	f.Add([]byte("\x01"+t1+repeat("a", 100)+"\x00\x01"+t1+"c\n\x00\x02"+t2+"err\n\x00\x03trouble"), true, false)
	f.Fuzz(func(t *testing.T, in []byte, cut, loose bool) {
		frames := 0
		if cut { // messages divided by zeros, as frames: bytes alone seldom are some
			var framed strings.Builder
			for message := range bytes.SplitSeq(in, []byte{0}) {
				if len(message) > 0 {
					framed.WriteString(frame(message[0]%4, string(message[1:])))
					frames++
				}
			}
			in = []byte(framed.String())
		}
		_, err := inOneAndInBytes(t, in, func(d *decoder, in io.Reader) error {
			err := d.readMux(in)
			if d.finishAll(); frames > 0 && d.count > uint64(frames) {
				t.Errorf("%d frames count as %d messages", frames, d.count)
			}
			return err
		}, loose)
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errBadFrame) || frames > 0 && err != io.EOF { //nolint:errorlint // nothing else
			t.Errorf("it ends with %v", err)
		}
	})
}

func FuzzTerminalLog(f *testing.F) {
	f.Add([]byte(t1+"a\r\n"+t2+"\x1b[1mb"), false, true, int64(0))
	f.Add([]byte(t1+repeat("a", 16384)+t1+"b\n"), false, false, int64(0))
	f.Add([]byte(s1+repeat("a", 100)+s1+"b\n\xff\n"), true, true, int64(0))
	end, _ := time.Parse(time.RFC3339Nano, strings.TrimSpace(t1))
	f.Add([]byte(t1+"$ "+t2+"next\r\n"), false, false, end.Add(time.Millisecond).UnixNano())
	f.Fuzz(func(t *testing.T, in []byte, loose, final bool, edge int64) {
		lines, err := inOneAndInBytes(t, in, func(d *decoder, in io.Reader) error {
			if edge != 0 {
				d.runEnded(time.Unix(0, edge))
			}
			return d.readRaw(in, final)
		}, loose)
		if !errors.Is(err, io.EOF) {
			t.Errorf("it ends with %v", err)
		}
		if all := len(strings.Join(lines, "")); all > 4*len(in)+2*len(lines) { // the stream's digit and space before each
			t.Errorf("%d bytes became %d", len(in), all)
		}
	})
}

func FuzzStamp(f *testing.F) {
	f.Add(int64(1790000000), int64(520212146), int64(0), "text\n")
	f.Add(int64(-1), int64(1), int64(-690), t1)
	f.Fuzz(func(t *testing.T, second, nanosecond, offset int64, rest string) {
		var s stamps
		_, _, _ = s.cutStamp([]byte(rest)) // whatever comes of it
		const year = 365 * 24 * 3600
		second, nanosecond, offset = second%(200*year), (nanosecond%1e9+1e9)%1e9, offset%(24*60)
		at := time.Unix(second, nanosecond).In(time.FixedZone("", int(offset)*60))
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000000000Z07:00"} {
			got, left, ok := s.cutStamp([]byte(at.Format(form) + " " + rest))
			if !ok || got != at.UnixNano() || string(left) != rest {
				t.Errorf("%s %q is read as %d, %q, %v", at.Format(form), rest, got, left, ok)
			}
		}
	})
}
