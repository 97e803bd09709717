//! The part of an ELF file that the system's loader obeys: the dynamic section and its tables, by
//! program headers and addresses. The loader reads no section headers, and tools such as
//! `llvm-strip --strip-sections` remove them.
//! <https://refspecs.linuxbase.org/elf/gabi4+/ch5.dynamic.html>

use std::collections::BTreeMap;

use object::elf::{self, DynamicTag, Vernaux, Verneed, Versym};
use object::read::elf::{Dyn, ElfFile, FileHeader, GnuHashTable, HashTable, ProgramHeader, Sym};
use object::{Endianness, ReadRef, StringTable};

use super::names::Names;
use super::{Need, Symbol};

/// What one of the tables may be called in an error.
const STRINGS: &str = "its table of strings";
const VERSIONS: &str = "its table of versions";

/// A file with its dynamic entries: tags and values, which may be addresses.
pub(super) struct Dynamic<'data, 'file, Elf: FileHeader<Endian = Endianness>> {
    file: &'file ElfFile<'data, Elf>,
    entries: Vec<(DynamicTag, u64)>,
    strings: StringTable<'data>,
    names: Names,
}

impl<'data, 'file, Elf: FileHeader<Endian = Endianness>> Dynamic<'data, 'file, Elf> {
    /// Reads the entries. There are none if the file is linked statically.
    ///
    /// # Errors
    ///
    /// If a system could not load the file, or the section is not in the file.
    pub(super) fn of(file: &'file ElfFile<'data, Elf>) -> Result<Self, String> {
        let (endian, data) = (file.endian(), file.data());
        let headers = file.elf_program_headers();
        if headers.is_empty() {
            return Err("it has no program headers, by which a system loads it".to_owned());
        }
        let mut entries = Vec::new();
        for header in headers {
            let found = header.dynamic(endian, data);
            let Some(found) = found.map_err(|error| error.to_string())? else {
                continue;
            };
            let end = found.iter().position(|it| it.tag(endian) == elf::DT_NULL);
            let end = end.ok_or("its dynamic section is not whole in the file")?;
            let found = found[..end].iter();
            entries.extend(found.map(|entry| (entry.tag(endian), entry.val(endian))));
        }
        let mut dynamic = Self {
            file,
            entries,
            strings: StringTable::default(),
            names: Names::of(data),
        };
        if let Some(table) = dynamic.table(elf::DT_STRTAB, STRINGS)? {
            let size = dynamic.value(elf::DT_STRSZ).unwrap_or(u64::MAX);
            let end = size.min(table.len() as u64);
            dynamic.strings = StringTable::new(table, 0, end);
        }
        Ok(dynamic)
    }

    pub(super) fn entries(&self) -> &[(DynamicTag, u64)] {
        &self.entries
    }

    /// The string at an offset in the table of strings.
    pub(super) fn string(&self, offset: u64) -> Result<String, String> {
        let offset = u32::try_from(offset).ok();
        let text = offset.and_then(|offset| self.strings.get(offset).ok());
        let text = text.ok_or_else(|| format!("a name in {STRINGS} is not in the file"))?;
        self.names.read(text)
    }

    fn value(&self, tag: DynamicTag) -> Option<u64> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|(other, _)| *other == tag);
        entry.map(|(_, value)| *value)
    }

    /// The content of the file from the address of an entry on, up to the end of what is loaded
    /// with it. None without such an entry.
    fn table(&self, tag: DynamicTag, what: &str) -> Result<Option<&'data [u8]>, String> {
        let Some(address) = self.value(tag) else {
            return Ok(None);
        };
        let (endian, data) = (self.file.endian(), self.file.data());
        let mut headers = self.file.elf_program_headers().iter();
        let table = headers.find_map(|header| {
            let loaded = header.p_type(endian) == elf::PT_LOAD;
            let begin = address.checked_sub(header.p_vaddr(endian).into())?;
            let content = header.data(endian, data).ok().filter(|_| loaded)?;
            let content = content.get(usize::try_from(begin).ok()?..)?;
            (!content.is_empty()).then_some(content)
        });
        let table = table.ok_or_else(|| format!("{what} is not in the file"))?;
        Ok(Some(table))
    }

    /// The versions of symbols that the file needs, each with its symbols.
    pub(super) fn needs(&self) -> Result<Vec<Need>, String> {
        let mut needs = BTreeMap::new();
        if let Some(table) = self.table(elf::DT_VERNEED, VERSIONS)? {
            let count = self.value(elf::DT_VERNEEDNUM).unwrap_or(u64::MAX);
            self.versions(table, count, &mut needs)?;
        }
        if !needs.is_empty() {
            self.name_symbols(&mut needs)?;
        }
        let mut needs: Vec<Need> = needs.into_values().collect();
        for need in &mut needs {
            need.symbols.sort();
        }
        Ok(needs)
    }

    /// Reads the table of versions that are needed: for each library the versions, linked by
    /// offsets from one to the next.
    fn versions(
        &self,
        table: &'data [u8],
        count: u64,
        needs: &mut BTreeMap<u16, Need>,
    ) -> Result<(), String> {
        let endian = self.file.endian();
        let broken = |()| format!("{VERSIONS} is not whole in the file");
        let mut at = 0;
        // In a hostile file entries could lie over each other.
        let mut room = table.len() / size_of::<Vernaux<Endianness>>();
        for _ in 0..count {
            let library: &Verneed<Endianness> = table.read_at(at).map_err(broken)?;
            let file = self.string(library.vn_file.get(endian).into())?;
            let mut below = at + u64::from(library.vn_aux.get(endian));
            for _ in 0..library.vn_cnt.get(endian) {
                let version: &Vernaux<Endianness> = table.read_at(below).map_err(broken)?;
                room = room.checked_sub(1).ok_or_else(|| broken(()))?;
                let need = Need {
                    library: Some(file.clone()),
                    version: self.string(version.vna_name.get(endian).into())?,
                    symbols: Vec::new(),
                };
                needs.insert(version.vna_other(endian).index().0, need);
                match version.vna_next.get(endian) {
                    0 => break,
                    next => below += u64::from(next),
                }
            }
            match library.vn_next.get(endian) {
                0 => break,
                next => at += u64::from(next),
            }
        }
        Ok(())
    }

    /// Adds the symbols to the versions. Their number is not in the dynamic section, so they may
    /// not all be found. The versions count without them.
    fn name_symbols(&self, needs: &mut BTreeMap<u16, Need>) -> Result<(), String> {
        let endian = self.file.endian();
        let symbols = self.table(elf::DT_SYMTAB, "its table of symbols")?;
        let indexes = self.table(elf::DT_VERSYM, "its table of symbols' versions")?;
        let (Some(symbols), Some(indexes)) = (symbols, indexes) else {
            return Ok(());
        };
        let size = size_of::<Elf::Sym>() as u64;
        for at in 0..self.count(symbols.len() as u64 / size)? {
            let symbol: Result<&Elf::Sym, ()> = symbols.read_at(at * size);
            let index: Result<&Versym<Endianness>, ()> = indexes.read_at(at * 2);
            let (Ok(symbol), Ok(index)) = (symbol, index) else {
                break;
            };
            let Some(need) = needs.get_mut(&index.0.get(endian).index().0) else {
                continue;
            };
            let name = symbol.st_name(endian);
            if self.strings.get(name).is_err() {
                break;
            }
            let name = self.string(name.into())?;
            need.symbols.push(Symbol {
                name,
                weak: symbol.is_weak(),
                asked_by: Vec::new(),
            });
        }
        Ok(())
    }

    /// The number of symbols, of which there is room for so many: as section headers or a hash
    /// table say, or as the next table begins. GNU's linker puts the strings behind the
    /// symbols, and the table of versions behind the symbols' own.
    fn count(&self, room: u64) -> Result<u64, String> {
        let endian = self.file.endian();
        let known = self.file.elf_dynamic_symbol_table().len() as u64;
        if known != 0 {
            return Ok(known.min(room));
        }
        let machine = self.file.elf_header().e_machine(endian);
        // The numbers in this table have the width of addresses on S/390 alone.
        if machine != elf::EM_S390 {
            if let Some(table) = self.table(elf::DT_HASH, "its hash table")? {
                let table = HashTable::<Elf>::parse(endian, table);
                let table = table.map_err(|error| error.to_string())?;
                return Ok(room.min(table.symbol_table_length().into()));
            }
        }
        if let Some(table) = self.table(elf::DT_GNU_HASH, "its hash table")? {
            let table = GnuHashTable::<Elf>::parse(endian, table);
            let table = table.map_err(|error| error.to_string())?;
            if let Some(length) = table.symbol_table_length(endian) {
                return Ok(room.min(length.into()));
            }
        }
        let between = |first, next, size: u64| {
            let length = self.value(next)?.checked_sub(self.value(first)?)?;
            Some(length / size)
        };
        let size = size_of::<Elf::Sym>() as u64;
        let by_strings = between(elf::DT_SYMTAB, elf::DT_STRTAB, size);
        let by_versions = between(elf::DT_VERSYM, elf::DT_VERNEED, 2);
        let least = [by_strings, by_versions].into_iter().flatten().min();
        Ok(least.map_or(0, |count| count.min(room)))
    }
}
