package backup

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isReadOnly reports that a file system, or what it stands on, takes nothing: write-protected, or a share that is gone.
func isReadOnly(err error) bool {
	return errors.Is(err, windows.ERROR_WRITE_PROTECT) || errors.Is(err, windows.ERROR_BAD_NETPATH) || errors.Is(err, windows.ERROR_NETNAME_DELETED)
}
