package engine

import "github.com/docker/go-units"

// sizeText is a number of bytes in decimal units, as the window writes them: "1.16 MB".
func sizeText[T int | int64](bytes T) string {
	return units.CustomSize("%.3g %s", float64(bytes), 1000, []string{"B", "kB", "MB", "GB", "TB", "PB"})
}
