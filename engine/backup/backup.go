// Package backup is the .berth file: a sandbox in one file that brings it back anywhere.
//
// The file is a tar in zstd frames. Its first entry is manifest.json; behind it, each part (what one volume holds, itself a
// tar) follows in pieces ROLE.tar.00000, ROLE.tar.00001, … of at most 4 MiB, so that a part of unknown length streams into
// the file with nothing held in memory. Ordinary tools read it:
//
//	zstd -dc default-20261125-120000.berth | tar -xO manifest.json
//	zstd -dc default-20261125-120000.berth | tar -xO --wildcards 'session.tar.*' | tar -t
//
// The manifest stands first though it is known last: its frame goes into a region that was kept free at the file's head and
// is filled up by a skippable frame, which readers of zstd pass over. A file without it was never finished. Such frames also stand at
// the end of a file that would else be smaller than a thousandth of the more than 20 GiB it holds, for that is refused as a bomb.
//
// Package backup knows nothing of engines. What is in a part comes from engine/volume and goes back there.
package backup

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"time"
)

// Format is the version of the file's shape that this Berth writes, and the newest it reads.
const Format = 1

// Extension is how names of backup files end.
const Extension = ".berth"

// Manifest says what a backup holds. It holds no secret.
type Manifest struct {
	Format  int             `json:"format"`
	Created time.Time       `json:"created"`
	Sandbox string          `json:"sandbox"`
	Spec    json.RawMessage `json:"spec"` // of the sandbox, as its label has it
	Image   Image           `json:"image"`
	State   string          `json:"state"` // of the sandbox while its data were read: "stopped" or "paused"
	Parts   []Part          `json:"parts"`
}

// Image is what the sandbox ran.
type Image struct {
	Reference string `json:"reference"`
	ID        string `json:"id"`               // on the engine it came from
	Digest    string `json:"digest,omitempty"` // in its registry; empty for one that was built
	Opencode  string `json:"opencode,omitempty"`
}

// Part is what one volume held, as a tar.
type Part struct {
	Role    string `json:"role"`
	Bytes   int64  `json:"bytes"`             // of the tar
	SHA256  string `json:"sha256"`            // of the tar, in hex
	Files   int64  `json:"files,omitempty"`   // about how many; 0 when it was not counted
	Changed int    `json:"changed,omitempty"` // files that changed while they were read
}

// Size is the bytes of all parts.
func (m Manifest) Size() int64 {
	var n int64
	for _, p := range m.Parts {
		n += p.Bytes
	}
	return n
}

const stamp = "20060102-150405"

// FileName is the name of a backup of a sandbox made at that time: "default-20261125-120000.berth".
func FileName(sandbox string, at time.Time) string {
	return sandbox + "-" + at.UTC().Format(stamp) + Extension
}

var fileName = regexp.MustCompile(`^([a-z0-9-]+)-(\d{8}-\d{6})\.berth$`)

// NameOf reads the sandbox and the time off a file's name; false when it is not one FileName gives.
func NameOf(path string) (sandbox string, at time.Time, ok bool) {
	parts := fileName.FindStringSubmatch(filepath.Base(path))
	if parts == nil {
		return "", time.Time{}, false
	}
	at, err := time.Parse(stamp, parts[2])
	return parts[1], at, err == nil
}

func pieceName(role string, n int) string { return fmt.Sprintf("%s.tar.%05d", role, n) }
