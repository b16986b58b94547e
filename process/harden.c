#include "process/harden.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* PT_GNU_RELRO of this very program: musl applies it only to what its dynamic linker loads. The
 * kernel says where the program headers are; PT_PHDR (or the ELF header before them) gives the base. */
void harden_relro(void)
{
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    unsigned long n = getauxval(AT_PHNUM), page = getauxval(AT_PAGESZ);
    uintptr_t base = 0;
    for (unsigned long i = 0; i < n; i++)
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset == 0)
            base = (uintptr_t)headers - sizeof(ElfW(Ehdr)) - headers[i].p_vaddr;
    for (unsigned long i = 0; i < n; i++) {
        if (headers[i].p_type != PT_GNU_RELRO)
            continue;
        uintptr_t start = (base + headers[i].p_vaddr) & ~(page - 1);
        uintptr_t end = (base + headers[i].p_vaddr + headers[i].p_memsz) & ~(page - 1);
        mprotect((void *)start, end - start, PROT_READ);
    }
}

void harden_start(void)
{
    harden_relro();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
