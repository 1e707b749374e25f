# SPDX-License-Identifier: BSD-3-Clause
# csv: reader and DictReader over lines, writer over anything with write; the excel dialect.

QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE = range(4)


class Error(Exception):
    pass


def _rows(lines, delimiter, quotechar, skipinitialspace, numbers):
    row, field, quoted, was_quoted, fresh = [], "", False, False, True
    for line in lines:
        i = 0
        while i < len(line):
            c = line[i]
            if quoted:
                if c == quotechar and line[i + 1:i + 2] == quotechar:
                    field += c
                    i += 1
                elif c == quotechar:
                    quoted = False
                else:
                    field += c
            elif c == quotechar and fresh:
                quoted = was_quoted = True
                fresh = False
            elif c == delimiter:
                row.append(float(field) if numbers and not was_quoted else field)
                field, was_quoted, fresh = "", False, True
            elif c in "\r\n":
                break
            elif not (skipinitialspace and fresh and c == " "):
                field += c
                fresh = False
            i += 1
        if quoted:
            continue
        if row or field or was_quoted:
            row.append(float(field) if numbers and not was_quoted else field)
        yield row
        row, field, was_quoted, fresh = [], "", False, True
    if quoted:
        row.append(field)
        yield row


def reader(csvfile, dialect="excel", delimiter=",", quotechar='"', skipinitialspace=False, quoting=QUOTE_MINIMAL, **options):
    if dialect == "excel-tab":
        delimiter = "\t"
    return _rows(csvfile, delimiter, quotechar, skipinitialspace, quoting == QUOTE_NONNUMERIC)


class DictReader:
    def __init__(self, f, fieldnames=None, restkey=None, restval=None, *args, **options):
        self.reader = reader(f, *args, **options)
        self._names = fieldnames
        self.restkey = restkey
        self.restval = restval

    @property
    def fieldnames(self):
        if self._names is None:
            self._names = next(self.reader, None)
        return self._names

    def __iter__(self):
        return self

    def __next__(self):
        names = self.fieldnames
        row = next(self.reader)
        while not row:
            row = next(self.reader)
        out = dict(zip(names, row))
        if len(row) > len(names):
            out[self.restkey] = row[len(names):]
        for name in names[len(row):]:
            out[name] = self.restval
        return out


class _Writer:
    def __init__(self, f, delimiter, quotechar, lineterminator, quoting):
        self.f = f
        self.delimiter = delimiter
        self.quotechar = quotechar
        self.end = lineterminator
        self.quoting = quoting

    def _field(self, v):
        s = "" if v is None else str(v)
        special = self.delimiter in s or self.quotechar in s or "\n" in s or "\r" in s
        if self.quoting == QUOTE_ALL or special or (self.quoting == QUOTE_NONNUMERIC and not isinstance(v, (int, float))):
            return self.quotechar + s.replace(self.quotechar, self.quotechar * 2) + self.quotechar
        return s

    def writerow(self, row):
        return self.f.write(self.delimiter.join(self._field(v) for v in row) + self.end)

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)


def writer(csvfile, dialect="excel", delimiter=",", quotechar='"', lineterminator="\r\n", quoting=QUOTE_MINIMAL, **options):
    return _Writer(csvfile, "\t" if dialect == "excel-tab" else delimiter, quotechar, lineterminator, quoting)


class DictWriter:
    def __init__(self, f, fieldnames, restval="", extrasaction="raise", *args, **options):
        self.fieldnames = fieldnames
        self.restval = restval
        self.extrasaction = extrasaction
        self.writer = writer(f, *args, **options)

    def writeheader(self):
        return self.writer.writerow(self.fieldnames)

    def writerow(self, row):
        if self.extrasaction == "raise":
            wrong = [k for k in row if k not in self.fieldnames]
            if wrong:
                raise ValueError("dict contains fields not in fieldnames: " + ", ".join(repr(x) for x in wrong))
        return self.writer.writerow([row.get(k, self.restval) for k in self.fieldnames])

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)
