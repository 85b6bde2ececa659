package backup

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isReadOnly reports that a file system takes nothing: it is write-protected.
func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// isGone reports that what a file system stands on does not answer: a network share that is gone, a disk that was pulled out.
func isGone(err error) bool {
	return errors.Is(err, windows.ERROR_BAD_NETPATH) || errors.Is(err, windows.ERROR_NETNAME_DELETED) || errors.Is(err, windows.ERROR_UNEXP_NET_ERR) ||
		errors.Is(err, windows.ERROR_NOT_READY) || errors.Is(err, windows.ERROR_DEVICE_NOT_CONNECTED)
}
