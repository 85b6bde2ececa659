package logs

import "time"

// The lengths of the time stamps engines put before a line: Docker's has always 9 digits after the second and ends with
// Z (30 bytes), Podman's ends at the second, and either may carry an offset in place of Z.
const (
	minStamp = len("2006-01-02T15:04:05Z")
	maxStamp = len("2006-01-02T15:04:05.000000000+07:00")
)

// stamps reads RFC 3339 stamps quickly: a log has millions, nearly all of the same day.
type stamps struct {
	date string // the last date seen, as text
	day  int64  // its first second, Unix time
}

// cutStamp splits a message into its stamp in Unix nanoseconds and the rest after the space. ok is false when it does
// not begin with a stamp.
func (s *stamps) cutStamp(b []byte) (stamp int64, rest []byte, ok bool) {
	if len(b) <= minStamp || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, b, false
	}
	hour, ok1 := digits(b[11:13])
	minute, ok2 := digits(b[14:16])
	second, ok3 := digits(b[17:19])
	if !ok1 || !ok2 || !ok3 || !s.setDay(b[:10]) {
		return 0, b, false
	}
	stamp = (s.day + hour*3600 + minute*60 + second) * int64(time.Second)
	at := 19
	if b[at] == '.' {
		unit := int64(time.Second)
		for at++; at < len(b) && b[at] >= '0' && b[at] <= '9' && unit > 1; at++ {
			unit /= 10
			stamp += int64(b[at]-'0') * unit
		}
	}
	switch {
	case at+1 < len(b) && b[at] == 'Z':
		at++
	case at+6 < len(b) && (b[at] == '+' || b[at] == '-') && b[at+3] == ':':
		hours, ok1 := digits(b[at+1 : at+3])
		minutes, ok2 := digits(b[at+4 : at+6])
		if !ok1 || !ok2 {
			return 0, b, false
		}
		offset := (hours*3600 + minutes*60) * int64(time.Second)
		if b[at] == '+' {
			offset = -offset
		}
		stamp += offset
		at += 6
	default:
		return 0, b, false
	}
	if b[at] != ' ' {
		return 0, b, false
	}
	return stamp, b[at+1:], true
}

// setDay makes day that of a date like 2006-01-02.
func (s *stamps) setDay(date []byte) bool {
	if string(date) == s.date {
		return true
	}
	day, err := time.Parse(time.DateOnly, string(date))
	if err != nil {
		return false
	}
	s.date, s.day = string(date), day.Unix()
	return true
}

// digits reads two decimal digits.
func digits(b []byte) (int64, bool) {
	tens, ones := b[0]-'0', b[1]-'0'
	return int64(tens)*10 + int64(ones), tens <= 9 && ones <= 9
}
