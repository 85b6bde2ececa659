package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"berth/engine/fault"
)

const (
	pieceSize = 4 << 20
	// headSize is what is kept free for the manifest. A spec is a label, some hundred bytes; compressed it never comes near.
	headSize = 64 << 10
	// skippable begins a zstd frame that readers pass over, RFC 8878 3.1.2.
	skippable = 0x184D2A50
)

const manifestName = "manifest.json"

// Writer writes a backup. It stands under another name until Finish gives it its own, so that nothing half written is ever
// taken for a backup.
type Writer struct {
	path    string
	file    *os.File
	ahead   *ahead
	zstd    *zstd.Encoder
	tar     *tar.Writer
	press   *press
	created time.Time
	parts   []Part

	role  string // of the part that is being written
	piece []byte
	n     int
	sum   hash.Hash
	bytes int64
}

// Create begins a backup at that path. The folder is made where it is missing. Discard or Finish must be called.
func Create(path string, now time.Time) (*Writer, error) {
	op := "write the backup " + path
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		if _, look := os.Stat(filepath.Dir(path)); isGone(look) { // of which making it says only that it exists
			err = look
		}
		return nil, writeFault(op, path, err)
	}
	sweep(filepath.Dir(path), now)
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, writeFault(op, path, err)
	}
	w := &Writer{path: path, file: file, ahead: newAhead(file), created: now, piece: make([]byte, 0, pieceSize)}
	if _, err := file.Write(make([]byte, headSize)); err != nil {
		w.Discard()
		return nil, writeFault(op, path, err)
	}
	// The fastest level: most of what is kept is source code, which it halves twice, and packed objects, which none makes
	// smaller. A window of 4 MiB bounds the memory of both sides. One goroutine, the press's: two take a fifth more of the processor,
	// which the engine needs meanwhile.
	w.zstd, err = zstd.NewWriter(w.ahead, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(4<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		w.Discard()
		return nil, err
	}
	w.tar = tar.NewWriter(w.zstd)
	w.press = newPress(w.tar, now)
	return w, nil
}

// abandoned is how long nobody has written to what stands under another name when a Berth that was killed left it. One that
// is at work writes all the time.
const abandoned = 24 * time.Hour

// sweep removes what a Berth that was killed left half written in a folder. What stays is no reason to fail.
func sweep(dir string, now time.Time) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		name, _, ours := strings.Cut(strings.TrimPrefix(entry.Name(), "."), Extension+".")
		if _, _, ok := NameOf(name + Extension); !ok || !ours || !strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// Begin begins the part of a role. What is written until End is its tar.
func (w *Writer) Begin(role string) {
	w.role, w.n, w.bytes, w.sum = role, 0, 0, sha256.New()
}

// Write adds to the part that was begun.
func (w *Writer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := copy(w.piece[len(w.piece):cap(w.piece)], p)
		w.piece = w.piece[:len(w.piece)+n]
		p = p[n:]
		written += n
		if len(w.piece) == cap(w.piece) {
			if err := w.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// flush has the piece written that is full, or the last. What fails then is told by a later one, or by Finish.
func (w *Writer) flush() error {
	if len(w.piece) == 0 {
		return nil
	}
	w.sum.Write(w.piece)
	w.bytes += int64(len(w.piece))
	empty, err := w.press.take(piece{pieceName(w.role, w.n), w.piece})
	if err != nil {
		return writeFault("write the backup "+w.path, w.path, err)
	}
	w.piece = empty
	w.n++
	return nil
}

// End ends the part. Of what it is told it keeps what it does not know itself: the files and how many changed.
func (w *Writer) End(told Part) error {
	if err := w.flush(); err != nil {
		return err
	}
	told.Role, told.Bytes, told.SHA256 = w.role, w.bytes, hex.EncodeToString(w.sum.Sum(nil))
	w.parts = append(w.parts, told)
	return nil
}

// Finish writes the manifest, syncs the file and gives it its name. It tells the file's size.
func (w *Writer) Finish(m Manifest) (size int64, err error) {
	op := "write the backup " + w.path
	m.Format, m.Created, m.Parts = Format, w.created.UTC(), w.parts
	head, err := manifestFrame(m)
	if err != nil {
		w.Discard()
		return 0, err
	}
	if err = w.press.end(); err == nil {
		err = w.tar.Close()
	}
	if err == nil {
		err = w.zstd.Close()
	}
	if err == nil {
		err = pad(w.file, m.Size())
	}
	if err == nil {
		_, err = w.file.WriteAt(head, 0)
	}
	if ahead := w.ahead.end(); err == nil {
		err = ahead
	}
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		var info os.FileInfo
		if info, err = w.file.Stat(); err == nil {
			size = info.Size()
		}
	}
	if err == nil {
		err = w.file.Close()
	}
	if err == nil {
		err = os.Rename(w.file.Name(), w.path)
	}
	if err != nil {
		w.Discard()
		return 0, writeFault(op, w.path, err)
	}
	return size, nil
}

// Discard removes what was written. After Finish it does nothing.
func (w *Writer) Discard() {
	if w.press != nil {
		_ = w.press.end() // nobody needs it any more
	}
	if w.zstd != nil {
		w.zstd.Reset(io.Discard)
		_ = w.zstd.Close() // it ends its goroutines; there is nothing left to write
	}
	_ = w.ahead.end() // it is of no use any more
	_ = w.file.Close()
	_ = os.Remove(w.file.Name())
}

// manifestFrame is the head of the file: the manifest as a tar entry in a zstd frame, filled up to headSize.
func manifestFrame(m Manifest) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	var entry sliceWriter
	archive := tar.NewWriter(&entry)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: m.Created, Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := archive.Write(text); err != nil {
		return nil, err
	}
	if err := archive.Flush(); err != nil { // not Close: the archive goes on behind it
		return nil, err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	frame := encoder.EncodeAll(entry, nil)
	room := headSize - len(frame) - 8
	if room < 0 {
		return nil, fault.New(fault.BadInput, "write the manifest", "the sandbox's spec is too large for a backup")
	}
	frame = binary.LittleEndian.AppendUint32(frame, skippable)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(room)) //nolint:gosec // at most headSize
	return append(frame, make([]byte, room)...), nil
}

type sliceWriter []byte

func (s *sliceWriter) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// writeFault says what to do about a file that cannot be written.
func writeFault(op, path string, err error) error {
	f := fault.From(op, err)
	folder := filepath.Dir(path)
	switch {
	case f.Kind == fault.DiskFull:
		return &fault.Error{
			Kind: fault.DiskFull, Op: op, Why: fmt.Sprintf("the disk of %s is full", folder), Err: err, Action: fault.Retry,
			Remedy: "Free some space there, or choose another folder for backups. The sandbox is as it was, and no partial file was left.",
		}
	case isGone(err):
		return &fault.Error{
			Kind: fault.NotWritable, Op: op, Why: fmt.Sprintf("what %s is on does not answer any more", folder), Err: err, Action: fault.Retry,
			Remedy: "Connect that disk or network share again, or choose another folder for backups. The sandbox is as it was; a hidden file of what was half written may be left there.",
		}
	case os.IsPermission(err) || isReadOnly(err):
		return &fault.Error{
			Kind: fault.NotWritable, Op: op, Why: fmt.Sprintf("%s cannot be written", folder), Err: err, Action: fault.OpenSettings,
			Remedy: "Choose a folder that you may write to. The sandbox is as it was.",
		}
	}
	return f
}
