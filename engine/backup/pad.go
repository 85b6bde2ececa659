package backup

import (
	"encoding/binary"
	"os"
)

// How much a file may hold: so many times its size, or so much, whichever is more. What claims more is a bomb, which costs nothing to
// send and fills the disk of whoever unpacks it.
const (
	maxRatio = 1000
	maxFree  = 20 << 30
)

// maxSkip is how much one skippable frame fills at most; its length has 32 bits.
const maxSkip = 64 << 20

// leastSize is how large a file has to be that claims to hold so many bytes.
func leastSize(claimed int64) int64 {
	if claimed <= maxFree {
		return 0
	}
	return claimed / maxRatio
}

// pad makes a file at least as large as one that holds so many bytes has to be, by frames that readers of zstd pass over: volumes
// may be full of zeros, which pack better than any bomb may. What it fills is a hole, and takes no place.
func pad(file *os.File, holds int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	least := leastSize(holds)
	for size := info.Size(); size < least; {
		room := min(max(least-size-8, 0), maxSkip)
		frame := binary.LittleEndian.AppendUint32(nil, skippable)
		frame = binary.LittleEndian.AppendUint32(frame, uint32(room)) //nolint:gosec // at most maxSkip
		if _, err := file.WriteAt(frame, size); err != nil {
			return err
		}
		size += int64(len(frame)) + room
		if err := file.Truncate(size); err != nil {
			return err
		}
	}
	return nil
}
